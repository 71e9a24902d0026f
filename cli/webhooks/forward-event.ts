import { signWebhook } from '../../platform/webhooks/webhook-secret.ts';
import type { WebhookEvents } from '../../sdk/operators/index.ts';
import { monotonicMs } from '../../platform/kernel/monotonic-ms.ts';

export interface Forwarded {
  status: number | null;
  ms: number;
  error: string | null;
}

const FORWARD_MS = 10_000;

/** Sends an event to a receiver as the service does, once. */
export async function forwardEvent(
  { event_id: id, payload }: WebhookEvents['items'][number],
  { receiver, secret, signal }: { receiver: string; secret: string; signal: AbortSignal },
): Promise<Forwarded> {
  const startedMs = monotonicMs();
  const outcome = (status: number | null, error: string | null) => ({
    status,
    ms: monotonicMs() - startedMs,
    error,
  });
  try {
    const response = await fetch(receiver, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...signWebhook({ id, payload, at: new Date() }, [secret]),
      },
      body: payload,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(FORWARD_MS)]),
    });
    await response.body?.cancel();
    return outcome(response.status, null);
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string };
    return outcome(null, name === 'TimeoutError' ? 'no response in 10 s' : (code ?? String(error)));
  }
}
