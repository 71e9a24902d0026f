import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { System } from '../../deploy/local/stack/system.ts';
import type { Sql } from '../../platform/data/sql.ts';
import type { OperatorRole } from '../../sdk/contracts/operator-roles.ts';
import { openPage } from './browser.ts';
import { newAccount } from './operators.ts';

const AXE = readFileSync(join(import.meta.dir, '..', '..', 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
const PHONE = { width: 390, height: 800 };
const DESK = { width: 1280, height: 900 };

interface OpenedConsole {
  page: Page;
  /** The signed-in operator. */
  account: { name: string; password: string };
  /** Requests to elsewhere; and errors of the console of the browser. */
  refused: string[];
  errors: string[];
  /** Opens a page of the console by its path, and waits for its heading. */
  open(path: string, heading: string): Promise<void>;
}

/** Signs an operator with these roles in, in a browser that reaches the console alone. */
export async function openConsole(
  browser: Browser,
  system: System & { sql: Sql },
  roles: readonly OperatorRole[],
): Promise<OpenedConsole> {
  const { consoleUrl } = system.state();
  if (!consoleUrl) throw new Error('the system has no console');
  const account = await newAccount(system.sql, roles);
  const { page, refused, errors } = await openPage(browser, consoleUrl, new URL(consoleUrl).origin);
  await page.getByLabel('Name').fill(account.name);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page
    .getByRole('navigation', { name: 'Pages' })
    .waitFor({ state: 'attached' })
    .catch(async (cause: unknown) => {
      const shown = await page.getByRole('main').innerText();
      throw new Error(`no page after the sign-in; shown: ${shown}; errors: ${errors.join('; ')}`, { cause });
    });
  return {
    page,
    account,
    refused,
    errors,
    async open(path, heading) {
      await page.goto(new URL(path.replace(/^\//, ''), consoleUrl).href);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    },
  };
}

/** Tells a page that another tab has signed out. */
export const tellSignedOut = (page: Page): Promise<void> =>
  page.evaluate(() => {
    // A channel reaches our own pages alone, and takes no target.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    new BroadcastChannel('ecs-console-session').postMessage(null);
  });

/**
 * Returns what axe-core finds against WCAG 2.2 AA in the page as it is: in light and dark, at a desk and on a
 * phone; and whether it scrolls sideways on the phone. Where the dark page differs from the light one in
 * nothing but its colors, the rules on colors are enough, and they look at one of the texts that look alike:
 * of thousands it would take ten seconds. With CONSOLE_SHOTS, a folder, it leaves pictures there.
 */
export async function inspectPage(page: Page, name: string): Promise<string[]> {
  const findings: string[] = [];
  const layouts = new Map<string, string>();
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [screen, size] of Object.entries({ desk: DESK, phone: PHONE })) {
      // Contrast is measured on final colors, not on those of a transition.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize(size);
      const state = `${name}-${colorScheme}-${screen}`;
      const layout = await layoutOf(page);
      const isRecolored = layouts.get(screen) === layout;
      layouts.set(screen, layout);
      const violations = await runAxe(page, isRecolored ? OF_COLORS : ALL);
      for (const finding of violations) findings.push(`${state}: ${finding}`);
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) {
        findings.push(`${state}: scrolls sideways`);
      }
      const folder = process.env.CONSOLE_SHOTS;
      if (folder) await page.screenshot({ path: join(folder, `${state}.png`), fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(DESK);
  return findings;
}

interface AxeWindow {
  axe: {
    configure(spec: object): void;
    run(
      context: Document,
      options: object,
    ): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
  };
}

/** The attribute of elements whose colors are looked at, and those of all within. */
const LOOK = 'data-look';
/** The rules with a result by colors. */
const COLOR_RULES = [
  { id: 'color-contrast', selector: `[${LOOK}], [${LOOK}] *` },
  {
    id: 'link-in-text-block',
    selector: `a[href][${LOOK}], [${LOOK}] a[href], [role=link][${LOOK}], [${LOOK}] [role=link]`,
  },
];
const OF_COLORS = { runOnly: { type: 'rule', values: COLOR_RULES.map(({ id }) => id) } };
const ALL = { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } };

/**
 * By the debugger's own way into the page: its content policy takes no script of ours. All rules in one run: each run
 * begins with the places of all elements.
 */
async function runAxe(page: Page, rules: typeof OF_COLORS | typeof ALL): Promise<string[]> {
  const isThere = await page.evaluate(() => 'axe' in globalThis);
  if (!isThere) await page.evaluate(AXE);
  const looks = await page.evaluateHandle(looksOf);
  return page.evaluate(
    async ({ colorRules, options, elements, mark }) => {
      const { axe } = globalThis as unknown as AxeWindow;
      axe.configure({ rules: colorRules });
      for (const element of elements) element.setAttribute(mark, '');
      const { violations } = await axe.run(document, { ...options, resultTypes: ['violations'] });
      for (const element of elements) element.removeAttribute(mark);
      return violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html.replaceAll(` ${mark}=""`, '') ?? ''}`);
    },
    { colorRules: COLOR_RULES, options: rules, elements: looks, mark: LOOK },
  );
}

/**
 * Returns an element of each look of a text: its own style, and all that lies behind it. Runs in the page.
 */
function looksOf(): Element[] {
  const behind = new Map<Element, string>();
  const behindOf = (element: Element | null): string => {
    if (!element) return '';
    const layersBehind = behind.get(element);
    if (layersBehind !== undefined) return layersBehind;
    const { backgroundColor, backgroundImage, opacity, position, filter, mixBlendMode } =
      getComputedStyle(element);
    const layer = [backgroundColor, backgroundImage, opacity, position, filter, mixBlendMode].join(' ');
    const isPlain = layer === 'rgba(0, 0, 0, 0) none 1 static none normal';
    const layers = `${behindOf(element.parentElement)}${isPlain ? '' : `/${layer}`}`;
    behind.set(element, layers);
    return layers;
  };
  const hasText = (element: Element) =>
    element.matches('input, select, textarea') ||
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim());
  const looks = new Map<string, Element>();
  for (const element of document.body.querySelectorAll('*')) {
    if (!hasText(element) || !element.checkVisibility()) continue;
    const { color, fontSize, fontWeight, textShadow, textDecorationLine } = getComputedStyle(element);
    const around = element.parentElement ? getComputedStyle(element.parentElement).color : '';
    const style = [element.tagName, color, fontSize, fontWeight, textShadow, textDecorationLine, around];
    const look = `${style.join(' ')} ${behindOf(element)}`;
    if (!looks.has(look)) looks.set(look, element);
  }
  return [...looks.values()];
}

/** Returns the input of rules beside colors: the elements, their places and visibility. */
function layoutOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const boxes = [...document.querySelectorAll('*')].map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      const { display, visibility } = getComputedStyle(element);
      return [x, y, width, height, display, visibility].join(' ');
    });
    return `${document.documentElement.outerHTML}\n${boxes.join('\n')}`;
  });
}
