import { connect } from 'nats';
import { readNatsUrl } from '../addresses/nats.ts';

/** The answer of a server to a question about its health; `error` is why it is not ready. */
export interface ServerHealth {
  data: { error?: string };
}

const ANSWER_MS = 5000;

/** Asks a server for its health, as a user of its system account. Rejects when it does not answer. */
export async function askServerHealth(url: string): Promise<ServerHealth> {
  const connection = await connect({ ...readNatsUrl(url), reconnect: false, timeout: ANSWER_MS });
  try {
    const answer = await connection.request('$SYS.REQ.SERVER.PING.HEALTHZ', '', { timeout: ANSWER_MS });
    return answer.json<ServerHealth>();
  } finally {
    await connection.close();
  }
}
