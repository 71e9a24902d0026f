import { PARTNER_SCOPES } from '../../../../sdk/contracts/partner-scopes.ts';
import { LIMITS } from '../../../../sdk/contracts/limits.ts';
import { PROBLEMS } from '../../../../sdk/contracts/problems.ts';
import { code, html, type Html, prose } from './html.ts';
import type { Section } from './page.ts';

const paragraphs = (...texts: string[]): Html => html`${texts.map((text) => html`<p>${prose(text)}</p>`)}`;

/** The guide: rules of every endpoint. */
export function guideSections(): Section[] {
  return [
    { id: 'introduction', title: 'Introduction', body: introduction() },
    { id: 'first-calls', title: 'First calls', body: firstCalls() },
    { id: 'authentication', title: 'Authentication', body: authentication() },
    { id: 'errors', title: 'Errors and codes', body: errors() },
    { id: 'idempotency', title: 'Idempotency', body: idempotency() },
    { id: 'limits', title: 'Limits', body: limits() },
    { id: 'notifications', title: 'Notifications, live', body: notifications() },
    { id: 'webhooks', title: 'Webhooks', body: webhooks() },
  ];
}

const introduction = () =>
  paragraphs(
    'Events of emotions and transactions come in; a credit analysis turns them into an offer, and ' +
      'an accepted offer becomes an active limit. Bodies are JSON in UTF-8; times are ISO 8601, in ' +
      'UTC where they have no offset; ids are UUIDs.',
    'Every response carries `X-Request-Id`: the one of the request, or else a new one. Logs and ' +
      'traces have it too. Unknown properties and query parameters are rejected, so that a ' +
      'misspelled one is noticed.',
    'A 202 for an event means that it is in the stream and will be stored exactly once. The ' +
      'endpoints are in [the reference](/docs/endpoints); to call them from this page, [try ' +
      'it](/docs/try).',
  );

function firstCalls(): Html {
  return html`${paragraphs(
    'The journey of a customer: register, log in, send events, analyze, accept. ' +
      '`ECS_URL` is the address of this page, without the path.',
  )}
<h3 id="with-curl">With curl</h3>${code(`
USER_ID=$(curl -s "$ECS_URL/v1/auth/register" -H 'content-type: application/json' \\
  -d '{"email":"ada@example.com","password":"a long passphrase"}' | jq -r .id)
TOKEN=$(curl -s "$ECS_URL/v1/auth/login" -H 'content-type: application/json' \\
  -d '{"email":"ada@example.com","password":"a long passphrase"}' | jq -r .access_token)
curl "$ECS_URL/v1/transactions" -H "Authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
  -d '{"userId":"'$USER_ID'","amount":42.5}'
curl -X POST "$ECS_URL/v1/users/$USER_ID/credit-analysis" -H "Authorization: Bearer $TOKEN"`)}
<h3 id="with-the-sdk">With the SDK</h3>${code(`
import { EcsClient, userIdOfToken } from '@ecs/sdk';

const anonymous = new EcsClient({ baseUrl });
const { access_token: token } = await anonymous.auth.login({ email, password });
const ecs = new EcsClient({ baseUrl, token });
const analysis = await ecs.analyses.create(userIdOfToken(token));
if (analysis.offer) await ecs.offers.accept(analysis.offer.offer_id).waitUntilActive();`)}
<h3 id="with-python">With Python</h3>${code(`
import requests

session = requests.Session()
credentials = {"email": "ada@example.com", "password": "a long passphrase"}
login = session.post(f"{ecs_url}/v1/auth/login", json=credentials, timeout=10).json()
session.headers["Authorization"] = f"Bearer {login['access_token']}"
batch = [{"userId": user_id, "amount": 42.5}, {"userId": user_id, "amount": 7}]
session.post(f"{ecs_url}/v1/transactions/batch", json=batch, timeout=10).raise_for_status()
analysis = session.post(f"{ecs_url}/v1/users/{user_id}/credit-analysis", timeout=30).json()`)}`;
}

const authentication = () => html`${paragraphs(
  "A customer's token comes from `POST /v1/auth/login` and lasts an hour. It opens the customer's " +
    'own data and nothing else: the paths of other customers return 404, and a write for another ' +
    'customer 403.',
  'A partner, a system that sends events for customers, has a client id and a secret, or a key ' +
    'pair. It exchanges them at `POST /v1/oauth/token` (OAuth 2.0 client credentials) for a token of ' +
    '15 minutes, with these scopes:',
)}<ul>${PARTNER_SCOPES.map((scope) => html`<li><code>${scope}</code></li>`)}</ul>
${code(`curl "$ECS_URL/v1/oauth/token" -u "$CLIENT_ID:$CLIENT_SECRET" \\
  -d grant_type=client_credentials -d scope=transactions:write`)}
${paragraphs(
  'With `private_key_jwt` the request has `client_assertion_type` and `client_assertion`: a JWT ' +
    'whose `iss` and `sub` are the client id, whose `aud` is the address of the token endpoint, ' +
    'which ends within ten minutes and whose `jti` is used once.',
  'Operators have accounts and roles of their own: [for operators](/docs/operators). A repeated ' +
    'header with credentials is rejected with 401 `repeated_header`.',
  'Every input is obeyed or refused: a parameter, a property or a header that would be ignored is a 422 ' +
    'that names it.',
)}`;

function errors(): Html {
  const rows = Object.entries(PROBLEMS).map(
    ([word, { status, detail }]) =>
      html`<tr id="${word}"><td><code>${word}</code></td><td>${status}</td><td>${detail}</td></tr>`,
  );
  return html`${paragraphs(
    'Errors are RFC 9457 documents, `application/problem+json`. `code` is a stable word for ' +
      'programs, and new codes may be added; `detail` is for people; `errors` lists each fault of a ' +
      'request with its place. 429 and 503 have `Retry-After`, in seconds.',
    'The token endpoint has the errors of RFC 6749, 5.2: `error` and `error_description`, with ' +
      '`code` and `requestId` beside them.',
  )}${code(`
{
  "type": "urn:ecs:problem:invalid_request",
  "title": "Unprocessable Content",
  "status": 422,
  "detail": "The request is well-formed but not valid.",
  "code": "invalid_request",
  "requestId": "0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a",
  "errors": [{ "path": "/body/amount", "message": "must be more than 0" }]
}`)}<table><thead>
<tr><th scope="col">code</th><th scope="col">status</th><th scope="col">detail</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

const idempotency = () =>
  html`${paragraphs(
    `Any POST, and no other method, may carry \`Idempotency-Key\`: 1 to ` +
      `${LIMITS.idempotencyKeyLengthMax} visible ASCII characters. ` +
      `A repeated request with the same key and body gets the first response, with ` +
      `\`Idempotency-Replayed: true\`; one with another body 422 \`idempotency_key_reused\`; one that ` +
      `comes while the first still runs 409 \`request_in_progress\`.`,
    'For events the key, or an `eventId`, names the event: it is stored once, however often it is ' +
      'sent. A batch may be corrected under its key: lines that it had before are not stored twice. ' +
      'The token endpoint ignores the key: each request gets a new token.',
  )}${code(`curl "$ECS_URL/v1/transactions" -H "Authorization: Bearer $TOKEN" \\
  -H 'Idempotency-Key: order-17' \\
  -H 'content-type: application/json' -d '{"userId":"'$USER_ID'","amount":42.5}'`)}`;

function limits(): Html {
  const rows: [string, string][] = [
    ['a body', `${LIMITS.bodyBytesMax / 1024} KiB, decoded`],
    ['a batch', `${LIMITS.batchLinesMax} events, ${LIMITS.batchBytesMax / 1024 / 1024} MiB decoded`],
    ['a page of a list', `${LIMITS.pageSizeMax} items`],
    ['a request id', `${LIMITS.requestIdLengthMax} characters`],
  ];
  return html`${paragraphs(
    'Rates count requests, and each event of a batch. `RateLimit-Policy` says the quota (q in a ' +
      'burst, filled again in w seconds), `RateLimit` what is left of it; a request beyond it gets ' +
      '429 `quota_exceeded` with `Retry-After`. Each customer, and each partner, has a rate of its own. ' +
      'Wrong passwords and secrets are bounded by account and address: 429 `too_many_attempts`.',
    'Batches are an array of JSON, or lines of JSON (`application/x-ndjson`), which are read ' +
      'faster. Valid events are accepted, the others are listed by their line. Bodies may be ' +
      '`Content-Encoding: gzip`.',
  )}<table><thead><tr><th scope="col">of</th><th scope="col">at most</th></tr></thead><tbody>${rows.map(
    ([name, most]) => html`<tr><td>${name}</td><td>${most}</td></tr>`,
  )}</tbody></table>`;
}

const notifications = () =>
  html`${paragraphs(
    '`GET /v1/users/{user_id}/notifications` with `Accept: text/event-stream` sends notifications ' +
      'as server-sent events. `id` is the position of a notification: a client that reconnects with ' +
      '`Last-Event-ID` misses nothing. A comment comes every 10 seconds; `event: end` says that the ' +
      'token has expired, `event: reset` that the position is beyond the newest notification. ' +
      '`EventSource`, which cannot send a header, takes a ticket: `?ticket=`, once, within 30 seconds.',
  )}${code(`curl -N "$ECS_URL/v1/users/$USER_ID/notifications" \\
  -H "Authorization: Bearer $TOKEN" -H 'Accept: text/event-stream'`)}${code(`
for await (const { position, title } of ecs.notifications.subscribe(userId)) {
  console.log(position, title);
}`)}${code(`
import requests

headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
url = f"{ecs_url}/v1/users/{user_id}/notifications"
with requests.get(url, headers=headers, stream=True, timeout=30) as events:
    for line in events.iter_lines():
        print(line.decode())`)}`;

const webhooks = () =>
  html`${paragraphs(
    'Events of customers come to an endpoint of yours as well: `offer.accepted`, ' +
      '`limit.activated`, `limit.closed`, `credit.denied`, `review.decided`. Requests are signed as ' +
      'Standard Webhooks defines (`webhook-id`, `webhook-timestamp`, `webhook-signature`), in order for ' +
      'each customer, and sent again for up to a day until you return 2xx. The same `webhook-id` may ' +
      'come twice.',
    'Verify the bytes of the body before you parse it, and reject a time that is more than five ' +
      'minutes off.',
  )}${code(`
import { verifyWebhook } from '@ecs/sdk';

const event = await verifyWebhook(await request.text(), request.headers, secret);`)}${code(`
import base64, hashlib, hmac

key = base64.b64decode(secret.removeprefix("whsec_"))
signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
valid = any(hmac.compare_digest(expected, one) for one in headers["webhook-signature"].split(" "))`)}${code(`
ecs webhooks add https://example.com/hooks --events limit.activated`)}`;
