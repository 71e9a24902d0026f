import { type Static, Type } from '@sinclair/typebox';
import type { Peers } from '../../platform/http/client-address.ts';
import { invalid, problem } from '../../platform/kernel/errors.ts';
import { FeatureVector, Instances, type Prediction } from '../../underwriting/risk-model.ts';
import { createHttpApp } from '../../platform/http/http.ts';
import { pause } from '../../platform/kernel/lifecycle.ts';
import type { Logger } from '../../platform/kernel/log.ts';
import { decodeText, forwardedAddressOf, parseJson } from '../../platform/http/request.ts';
import { createBodyReader } from '../../platform/http/request-body.ts';
import { createValidator } from '../../platform/kernel/validation.ts';
import { score, SCORECARD_VERSIONS, type ScorecardVersion } from '../../underwriting/scorecard.ts';

/** How the mock misbehaves, for drills. `random` gives the original's uniform score. */
const Behavior = Type.Object(
  {
    mode: Type.Optional(
      Type.Union([
        Type.Literal('scorecard'),
        Type.Literal('random'),
        Type.Literal('hang'),
        Type.Literal('bad-json'),
        Type.Literal('bad-score'),
        Type.Literal('not-a-number'),
        Type.Literal('huge'),
      ]),
    ),
    latencyMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
    failureRate: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  },
  { additionalProperties: false },
);
type Behavior = Static<typeof Behavior>;

const BODY_BYTES_MAX = 64 * 1024;
const HUGE_BYTES = 10 * 1024 * 1024;
const HANG_MS = 60_000;

export function createRoutes(options: {
  log: Logger;
  peers: Peers;
  /** The scorecard at /v1/predict. */
  model: ScorecardVersion;
  behavior: Required<Behavior>;
  /** Whether `POST /control` may change the behavior; never in production. */
  controllable: boolean;
}) {
  const behavior = { ...options.behavior };
  const features = createValidator(FeatureVector);
  const instances = createValidator(Instances);
  const control = createValidator(Behavior);
  const counts = { calls: 0 };

  const bodies = createBodyReader({ addressOf: (request) => forwardedAddressOf(request, options.peers) });
  const readJson = async (request: Request) =>
    parseJson(decodeText(await bodies.read(request, BODY_BYTES_MAX)));

  const predict = async (request: Request, model: ScorecardVersion): Promise<Response> => {
    counts.calls += 1;
    const question = await readJson(request);
    const isMany = typeof question === 'object' && question !== null && 'instances' in question;
    const checked = isMany ? instances.check(question) : features.check(question);
    if (!checked.ok) throw invalid(checked.errors);
    if (behavior.latencyMs > 0) await pause(behavior.latencyMs, request.signal);
    if (Math.random() < behavior.failureRate) throw problem('model_failure');
    return respondIn(behavior.mode, model, checked.value, request.signal);
  };

  const app = createHttpApp(options.log);
  app.post('/v1/predict', ({ request }) => predict(request, options.model), { parse: 'none' });
  for (const model of SCORECARD_VERSIONS) {
    app.post(`/${model}/v1/predict`, ({ request }) => predict(request, model), { parse: 'none' });
  }
  if (options.controllable) {
    app
      .get('/control', () => ({ ...behavior, ...counts }))
      .post(
        '/control',
        async ({ request }) => {
          const checked = control.check(await readJson(request));
          if (!checked.ok) throw invalid(checked.errors);
          return { ...Object.assign(behavior, checked.value), ...counts };
        },
        { parse: 'none' },
      );
  }
  return app;
}

async function respondIn(
  mode: Required<Behavior>['mode'],
  model: ScorecardVersion,
  question: FeatureVector | Static<typeof Instances>,
  signal: AbortSignal,
): Promise<Response> {
  const respond = (change: Partial<Prediction> = {}) => {
    const predict = (features: FeatureVector): Prediction => ({
      model_version: model,
      ...score(features, model),
      ...(mode === 'random' ? { model_version: 'random', risk_score: Math.random() } : change),
    });
    return 'instances' in question ? { predictions: question.instances.map(predict) } : predict(question);
  };
  switch (mode) {
    case 'scorecard':
    case 'random':
      return Response.json(respond());
    case 'hang':
      await pause(HANG_MS, signal);
      return Response.json(respond());
    case 'bad-json':
      return new Response('{"risk_score": 0.', { headers: { 'content-type': 'application/json' } });
    case 'bad-score':
      return Response.json(respond({ risk_score: 7 }));
    case 'not-a-number':
      return new Response('{"risk_score":NaN}', { headers: { 'content-type': 'application/json' } });
    case 'huge':
      return Response.json({ ...respond(), filling: 'x'.repeat(HUGE_BYTES) });
  }
}
