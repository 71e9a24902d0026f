import { fetchAsPage } from './fetch-as-page.ts';
import { noteLoaded } from './loaded-at.ts';
import { EcsOperatorClient } from '../../../../sdk/operators/client.ts';

/**
 * The operators' API, through the console. The token is in a cookie, out of reach of scripts: the console
 * puts it in the place of this word.
 */
export const client = new EcsOperatorClient({
  baseUrl: `${location.origin}/console/api`,
  token: 'of-the-session',
  async fetch(url: string, init: RequestInit) {
    const response = await fetchAsPage(url, init);
    if (response.ok) noteLoaded();
    return response;
  },
  maxRetries: 1,
});
