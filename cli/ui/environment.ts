import { checkedBy, ENGINE_ADDRESSES, readAddresses } from '../../deploy/local/addresses.ts';
import { environment, readSecrets, secretOf } from '../../deploy/local/environment.ts';
import { SetupError } from '../../deploy/local/setup-error.ts';
import { readHttpUrl } from '../../platform/addresses/http.ts';
import { TRANSPORTS } from '../../platform/addresses/protection.ts';
import { misspelled } from '../../platform/addresses/variable-text.ts';

/** Those of docs/cli.md that are this command line's own. */
const VARIABLES = [
  'ECS_URL',
  'ECS_PROFILE',
  'ECS_PASSWORD',
  'ECS_TOKEN',
  'ECS_OPERATOR',
  'ECS_OPERATOR_TOKEN',
  'ECS_OPS_URLS',
  'ECS_MODEL_URL',
  'ECS_CONFIG_DIR',
  'ECS_NATS_SERVER',
  'DATABASE_URL',
  'NATS_URL',
  'INTERNAL_SERVICE_API_KEY',
  'ERASURE_KEY',
];

/**
 * Returns the addresses and secrets that the user sets. Throws a SetupError that names all addresses that are
 * wrong, or that ask for a feature that is not supported.
 */
export function readUserEnvironment() {
  const [problem] = misspelled(environment(), VARIABLES);
  if (problem !== undefined) throw new SetupError(problem, { kind: 'usage' });
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
