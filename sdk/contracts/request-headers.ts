const CHARSETS = /;\s*charset\s*=\s*"?([^\s";]*)/gi;

/**
 * Whether a type of a body names no charset but UTF-8. JSON has no parameter `charset`, yet many clients send
 * it: bytes are read as UTF-8, whatever it says.
 */
export function isUtf8(contentType: string | null): boolean {
  if (!contentType?.includes(';')) return true;
  const charsets = [...contentType.matchAll(CHARSETS)];
  return charsets.every(([, charset = '']) => /^(utf-?8|us-ascii)$/i.test(charset));
}

/**
 * Whether the conditions of a request hold: the tags of this API are weak, so that `If-Match` is true of none
 * (RFC 9110, 13.1.1), and a write compares no tag.
 */
export function conditionsHold(method: string, headers: Pick<Headers, 'get' | 'has'>): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  const ifMatch = headers.get('if-match');
  const isMatched = ifMatch === null || ifMatch.trim() === '*';
  return isMatched && (isRead || !headers.has('if-none-match'));
}
