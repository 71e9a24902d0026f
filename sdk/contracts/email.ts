/**
 * The key by which e-mail addresses are one account: `É@x.example` and `é@x.example` are, in either
 * composition, under every locale. For limits, scopes and the API in memory: an account is found by
 * users.email_key, which the database alone computes, since two Unicode tables may differ for rare
 * characters.
 */
export function emailKey(email: string): string {
  return email.normalize('NFC').toLowerCase();
}
