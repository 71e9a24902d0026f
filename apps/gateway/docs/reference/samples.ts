import { type Endpoint, FORM_TYPE, NDJSON_TYPE } from '../../../../sdk/contracts/endpoint.ts';
import type { EndpointName } from '../../../../sdk/contracts/endpoints.ts';
import { EXAMPLE } from '../../../../sdk/contracts/examples.ts';

/** Calls of an endpoint that can be pasted, by language. */
export function samplesOf(name: EndpointName, endpoint: Endpoint): [string, string][] {
  const sdk = SDK_CALLS[name];
  return [
    ['curl', curlOf(endpoint)],
    ...(sdk ? [['SDK (TypeScript)', sdk] as [string, string]] : []),
    ['Python', pythonOf(endpoint)],
  ];
}

const pathOf = ({ path }: Endpoint) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'user_id' ? EXAMPLE.userId : name.toUpperCase()));

const tokenOf = ({ auth }: Endpoint) => (auth === 'operator' ? 'OPERATOR_TOKEN' : 'TOKEN');

function bodyOf({ body }: Endpoint): { type: string; text: string } | null {
  const example = body?.schema.examples?.[0] as Record<string, string> | undefined;
  if (!body || example === undefined || body.optional) return null;
  if (body.contentType === FORM_TYPE)
    return { type: FORM_TYPE, text: new URLSearchParams(example).toString() };
  const value = body.contentType === NDJSON_TYPE ? [example, example] : example;
  return { type: 'application/json', text: JSON.stringify(value) };
}

function curlOf(endpoint: Endpoint): string {
  const body = bodyOf(endpoint);
  const isToken = endpoint.errors === 'oauth';
  return [
    `curl ${endpoint.method === 'GET' || body ? '' : `-X ${endpoint.method} `}"$ECS_URL${pathOf(endpoint)}"`,
    ...(body && endpoint.method !== 'POST' ? [`-X ${endpoint.method}`] : []),
    ...(isToken ? ['-u "$CLIENT_ID:$CLIENT_SECRET"'] : []),
    ...(endpoint.auth === 'none' ? [] : [`-H "Authorization: Bearer $${tokenOf(endpoint)}"`]),
    ...(body ? [`-H 'content-type: ${body.type}'`, `-d '${body.text.replaceAll("'", "'\\''")}'`] : []),
  ].join(' \\\n  ');
}

function pythonOf(endpoint: Endpoint): string {
  const body = bodyOf(endpoint);
  const isToken = endpoint.errors === 'oauth';
  const options = [
    ...(isToken ? ['auth=(client_id, client_secret)'] : []),
    ...(endpoint.auth === 'none'
      ? []
      : [`headers={"Authorization": f"Bearer {${tokenOf(endpoint).toLowerCase()}}"}`]),
    ...(body ? [body.type === FORM_TYPE ? `data=${toPython(body.text)}` : `json=${literal(body.text)}`] : []),
    'timeout=10',
  ];
  return [
    'import requests',
    '',
    `response = requests.${endpoint.method.toLowerCase()}(`,
    `    f"{ecs_url}${pathOf(endpoint)}",`,
    ...options.map((option) => `    ${option},`),
    ')',
    'response.raise_for_status()',
    'print(response.json())',
  ].join('\n');
}

const toPython = (form: string) => JSON.stringify(Object.fromEntries(new URLSearchParams(form)));
const literal = (json: string) =>
  json.replace(
    /\b(true|false|null)\b/g,
    (word) => ({ true: 'True', false: 'False', null: 'None' })[word] ?? word,
  );

const metrics = '{ positivity: 0.8, intensity: 0.3, stress_level: 0.1 }';
const feeling = `{ userId, emotionEvent: { type: 'calm', metrics: ${metrics} } }`;
/** Calls of the SDK's client `ecs`; endpoints without one are called by `ecs.request(method, path)`. */
export const SDK_CALLS: Partial<Record<EndpointName, string>> = {
  register: "await ecs.auth.register({ email: 'ada@example.com', password: 'a long passphrase' });",
  login: 'const { access_token } = await ecs.auth.login({ email, password });',
  createPartnerToken:
    '// Fetched and renewed by the client itself.\nconst ecs = new EcsClient({ baseUrl, clientId, ' +
    'clientSecret });',
  getCustomer: 'const customer = await ecs.customers.get(userId);',
  sendEmotion: `await ecs.emotions.send(${feeling});`,
  sendEmotionBatch: `const { accepted } = await ecs.emotions.sendBatch([${feeling}]);`,
  emotionSummary: 'const { items } = await ecs.emotions.summary(userId, { days: 7 });',
  sendTransaction: 'await ecs.transactions.send({ userId, amount: 42.5 });',
  sendTransactionBatch: 'await ecs.transactions.sendBatch([{ userId, amount: 42.5 }]);',
  analyzeCredit: 'const analysis = await ecs.analyses.create(userId);',
  listAnalyses: 'for await (const analysis of ecs.analyses.list(userId)) console.log(analysis.approved);',
  getAnalysis: 'const decision = await ecs.analyses.get(analysisId);',
  listOffers: 'for await (const offer of ecs.offers.list(userId)) console.log(offer.status);',
  getOffer: 'const offer = await ecs.offers.get(offerId);',
  acceptOffer: 'const active = await ecs.offers.accept(offerId).waitUntilActive();',
  closeOffer: "await ecs.offers.close(offerId, { reason: 'withdrawn' });",
  requestReview: "await ecs.reviews.request(analysisId, { statement: 'My salary came late.' });",
  listNotifications: 'for await (const { title } of ecs.notifications.subscribe(userId)) console.log(title);',
};
