import { checkedBy, ENGINE_ADDRESSES, readAddresses } from '../../deploy/local/addresses.ts';
import { environment, readSecrets, secretOf } from '../../deploy/local/environment.ts';
import { readHttpUrl } from '../../platform/addresses/http.ts';
import { TRANSPORTS } from '../../platform/addresses/protection.ts';

/**
 * Returns the addresses and secrets that the user sets. Throws a SetupError that names all addresses that are
 * wrong, or that ask for a feature that is not supported.
 */
export function readUserEnvironment() {
  const addresses = readAddresses({
    ...ENGINE_ADDRESSES,
    url: ['ECS_URL', checkedBy(readHttpUrl), TRANSPORTS.http],
    opsUrls: ['ECS_OPS_URLS', readHttpUrls],
    modelUrl: ['ECS_MODEL_URL', checkedBy(readHttpUrl), TRANSPORTS.http],
  });
  const profile = environment().ECS_PROFILE || undefined;
  const operator = environment().ECS_OPERATOR || undefined;
  return {
    ...addresses,
    ...readSecrets(),
    token: secretOf('ECS_TOKEN'),
    operatorToken: secretOf('ECS_OPERATOR_TOKEN'),
    profile,
    operator,
  };
}

/** Addresses with commas between them. */
function readHttpUrls(text: string): string[] {
  const urls = text.split(',').map((url) => url.trim().replace(/\/+$/, ''));
  for (const url of urls) readHttpUrl(url);
  return urls;
}
