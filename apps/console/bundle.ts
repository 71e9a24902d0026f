import type { Logger } from '../../platform/kernel/log.ts';
import { errorFields } from '../../platform/kernel/log.ts';
import { type Asset, buildPages, type Built } from './build-pages.ts';
import { readBuiltPages } from './built-pages.ts';

/** The files of the pages. */
export interface Bundle {
  /** The page at every address of the console. */
  page(): Promise<string>;
  asset(name: string): Promise<Asset | undefined>;
}

/**
 * Takes the pages of the image where they were built from these sources, and otherwise builds them. It starts
 * at once, so that no browser waits. After a failure the next request tries again.
 */
export function createBundle({ folder, log }: { folder?: string; log?: Logger } = {}): Bundle {
  const make = async () => (await readBuiltPages(folder)) ?? buildPages();
  let built: Promise<Built> | undefined;
  const ready = () => {
    built ??= make().catch((error: unknown) => {
      built = undefined;
      throw error;
    });
    return built;
  };
  ready().catch((error: unknown) => log?.warn(errorFields(error), 'cannot build the pages'));
  return {
    page: async () => (await ready()).page,
    asset: async (name) => (await ready()).assets.get(name),
  };
}
