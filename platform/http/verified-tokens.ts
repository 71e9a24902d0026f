const TOKENS_MAX = 10_000;

/**
 * Remembers the holders of verified tokens until they expire: verifying a signature costs more than all else
 * of a request. Bounded: the oldest gives way, as most tokens in use are used again at once.
 */
export function rememberVerified<H extends { expiresAtMs: number }>(
  verify: (token: string) => Promise<H | null>,
  now: () => Date,
): (token: string) => Promise<H | null> {
  const holders = new Map<string, H>();
  return async (token) => {
    const remembered = holders.get(token);
    if (remembered && remembered.expiresAtMs > now().getTime()) return remembered;
    const holder = await verify(token);
    if (!holder) return null;
    holders.set(token, holder);
    if (holders.size > TOKENS_MAX) holders.delete(holders.keys().next().value as string);
    return holder;
  };
}
