/** The address of another service. */
interface HttpAddress {
  /** Without a slash at its end; paths are put behind it. */
  base: string;
  port: number;
}

/** `http://host:port/path`. Throws a sentence for any part that the address of a service cannot have. */
export function readHttpUrl(text: string): HttpAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname.includes(','))
    throw new Error('must be a URL that starts with http:// or https://, of one server');
  if (url.username || url.password) throw new Error('has a user or password, which is not supported');
  if (url.search || text.includes('?')) throw new Error('has a query, which is not supported');
  if (url.hash || text.includes('#')) throw new Error('has a #, which is not supported');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (port === 0) throw new Error('has the port 0');
  return { base: url.href.replace(/\/+$/, ''), port };
}
