import { type Browser, chromium, type Page } from 'playwright-core';
import { findProgram, PROGRAMS } from '../../deploy/local/engines/find.ts';
import { canInstall, ensurePrograms } from '../../deploy/local/engines/install.ts';

/** Side effects of a page that its reader would not see. */
interface PageReport {
  page: Page;
  /** Requests outside the allowed prefix: nothing but this machine can be reached. */
  refused: string[];
  /** Errors on the console and exceptions that nobody caught. */
  errors: string[];
}

/** Headless Chromium; installs its package when it is missing. The caller closes it. */
export async function openBrowser(): Promise<Browser> {
  const program = hasShell() ? 'chromiumShell' : 'chromium';
  const { [program]: executablePath = '' } = ensurePrograms([program]);
  // Chromium's sandbox does not work for root, and a container has no GPU and little shared memory.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', NO_NETWORK];
  return chromium.launch({ executablePath, args });
}

/** No name but this machine's is found: a page has no other network, at no cost to its own requests. */
const NO_NETWORK = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost';

/** Whether the build without windows is here, or can be brought: Homebrew has none. */
function hasShell(): boolean {
  return findProgram(PROGRAMS.chromiumShell) !== null || (Bun.which('apt-get') !== null && canInstall());
}

/** Content that a page has made itself. */
const OWN_CONTENT = /^(data|blob):/;

/** Opens a page at `url` whose requests are to begin with `allowed`. */
export async function openPage(browser: Browser, url: string, allowed: string): Promise<PageReport> {
  // A context of its own, in which a test can open further tabs.
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const refused: string[] = [];
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('request', (request) => {
    const requestUrl = request.url();
    if (!requestUrl.startsWith(allowed) && !OWN_CONTENT.test(requestUrl)) refused.push(requestUrl);
  });
  await page.goto(url);
  return { page, refused, errors };
}
