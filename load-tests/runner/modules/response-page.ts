import { parsePage } from '../pages/page.ts';
import type { Selection } from '../pages/selection.ts';
import type { ResponseData } from '../protocol/requests.ts';

/** Sends a request that a page leads to. */
export type SendFromPage<Response> = (
  method: string,
  url: string,
  body: unknown,
  params: unknown,
) => Response;

interface FormArguments {
  formSelector?: string;
  submitSelector?: string;
  fields?: Record<string, unknown>;
  params?: unknown;
}

interface LinkArguments {
  selector?: string;
  params?: unknown;
}

/** The methods of a response that read its body as a page, and go on from there. */
export function createPageMethods<Response>(data: ResponseData, send: SendFromPage<Response>) {
  let page: Selection | undefined;
  const html = (selector?: string): Selection => {
    if (data.body === null) throw new Error("the body is null so we can't transform it to HTML");
    page ??= parsePage(typeof data.body === 'string' ? data.body : new TextDecoder().decode(data.body));
    return selector === undefined ? page : page.find(selector);
  };
  const addressOf = (reference = data.url): URL => new URL(reference, data.url);
  return {
    html,
    submitForm({ formSelector = 'form', submitSelector, fields = {}, params }: FormArguments = {}): Response {
      const form = html(formSelector).first();
      if (form.size() === 0) {
        throw new Error(`no form found for selector '${formSelector}' in response '${data.url}'`);
      }
      const method = (form.attr('method') ?? 'GET').toUpperCase();
      const address = addressOf(form.attr('action'));
      const button = form.find(submitSelector ?? '[type="submit"]').first();
      const name = button.attr('name');
      const ofButton = name !== undefined ? { [name]: button.val() ?? '' } : {};
      const values = { ...form.serializeObject(), ...ofButton, ...fields };
      if (method !== 'GET') return send(method, address.href, values, params);
      for (const [key, value] of Object.entries(values)) address.searchParams.append(key, String(value));
      return send(method, address.href, null, params);
    },
    clickLink({ selector = 'a[href]', params }: LinkArguments = {}): Response {
      const link = html(selector).first();
      if (link.size() === 0) {
        throw new Error(`no element found for selector '${selector}' in response '${data.url}'`);
      }
      const href = link.attr('href');
      if (href === undefined) {
        throw new Error(
          `no valid href attribute value found on element '${selector}' in response '${data.url}'`,
        );
      }
      return send('GET', addressOf(href).href, null, params);
    },
  };
}
