import { createHandlers } from './socket-handlers.ts';
import { type SocketParams, toSocketSpec } from './socket-spec.ts';
import type { UserState } from './user-state.ts';

type Setup = (client: object) => void;

/** `k6/x/sse`, as the extension of k6 has it: the user waits until its stream of events ends. */
export function createSseModule(state: UserState) {
  const open = (url: string, paramsOrSetup: SocketParams | Setup | null | undefined, later?: Setup) => {
    const setup = typeof paramsOrSetup === 'function' ? paramsOrSetup : later;
    if (typeof setup !== 'function') throw new TypeError('the last argument to sse.open must be a function');
    const params = typeof paramsOrSetup === 'function' ? {} : (paramsOrSetup ?? {});
    if (!/^https?:\/\/./i.test(url) || !URL.canParse(url)) throw new Error(`invalid URL "${url}"`);
    const stream = state.host.openSocketNow(toSocketSpec(state, { kind: 'events', url }, params));
    const handlers = createHandlers(['open', 'event', 'error']);
    let isOver = false;
    const close = () => {
      if (!isOver) stream.send({ kind: 'close', code: 1000, reason: '', isFinal: true });
      isOver = true;
    };
    const response = { url, status: 0, headers: {}, body: '', error: '' };
    const fail = (message: string) => {
      response.error = message;
      handlers.call('error', { error: () => message, toString: () => message });
    };
    setup({ on: handlers.on, close });
    try {
      while (!isOver) {
        const event = stream.next(Infinity);
        if (event?.kind === 'open' || event?.kind === 'failed') {
          response.status = event.status;
          response.headers = event.headers;
        }
        if (event?.kind === 'open') handlers.call('open');
        if (event?.kind === 'event') handlers.call('event', { ...withoutKind(event), comment: '' });
        if (event?.kind === 'failed' || event?.kind === 'error') fail(event.error);
        if (event?.kind === 'close' || event?.kind === 'failed') isOver = true;
      }
      return response;
    } finally {
      close();
    }
  };
  const module = { open };
  return { __esModule: true, ...module, default: module };
}

const withoutKind = ({ id, name, data }: { id: string; name: string; data: string }) => ({ id, name, data });
