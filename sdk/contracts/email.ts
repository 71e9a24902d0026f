/**
 * The key by which e-mail addresses are one account: `É@x.example` and `é@x.example` are, in either
 * composition, under every locale. The database computes the same in users.email_key.
 */
export function emailKey(email: string): string {
  return email.normalize('NFC').toLowerCase();
}
