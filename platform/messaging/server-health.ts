import { connect } from 'nats';
import { readNatsUrl } from '../addresses/nats.ts';

/** The response of a server to a question about its health; `error` is why it is not ready. */
export interface ServerHealth {
  data: { error?: string };
}

const RESPONSE_MS = 5000;

/** Asks a server for its health, as a user of its system account. Rejects when it does not respond. */
export async function askServerHealth(url: string): Promise<ServerHealth> {
  const connection = await connect({ ...readNatsUrl(url), reconnect: false, timeout: RESPONSE_MS });
  try {
    const response = await connection.request('$SYS.REQ.SERVER.PING.HEALTHZ', '', { timeout: RESPONSE_MS });
    return response.json<ServerHealth>();
  } finally {
    await connection.close();
  }
}
