/**
 * A person with a browser: opens the address of a device's login at a provider with development forms,
 * confirms the code, logs in by any name and agrees.
 */
export async function approveDevice(url: string, login: string): Promise<void> {
  await signInAtProvider(url, login);
}

/** Follows every redirect and form from an address; returns the cookies in the end, and the last address. */
export async function signInAtProvider(
  url: string,
  login: string,
): Promise<{ cookies: Map<string, string>; address: string }> {
  const cookies = new Map<string, string>();
  const go = async (address: string, init: RequestInit = {}): Promise<{ address: string; page: string }> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { ...init, redirect: 'manual', headers: { cookie } });
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location !== null) return go(new URL(location, address).href);
    return { address, page: await response.text() };
  };
  let { address, page } = await go(url);
  for (let step = 0; step < 6 && /<form/.test(page); step += 1) {
    const action = new URL(/<form[^>]*action="([^"]*)"/.exec(page)?.[1] ?? '', address).href;
    const fields = (page.match(/<(input|button)[^>]*>/g) ?? []).flatMap((tag): [string, string][] => {
      const name = attribute(tag, 'name');
      return ['', 'abort'].includes(name) ? [] : [[name, name === 'login' ? login : attribute(tag, 'value')]];
    });
    ({ address, page } = await go(action, { method: 'POST', body: new URLSearchParams(fields) }));
  }
  return { cookies, address };
}

const attribute = (tag: string, name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
