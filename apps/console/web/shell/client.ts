import { fetchAsPage } from './fetch-as-page.ts';
import { EcsOperatorClient } from '../../../../sdk/operators/client.ts';

/**
 * The operators' API, through the console. The token is in a cookie, out of reach of scripts: the console
 * puts it in the place of this word.
 */
export const client = new EcsOperatorClient({
  baseUrl: `${location.origin}/console/api`,
  token: 'of-the-session',
  fetch: fetchAsPage,
  maxRetries: 1,
});
