import type { FromUser } from '../protocol/messages.ts';
import type { SocketHandle } from '../protocol/sockets.ts';
import type { UserThread } from './user-thread.ts';
import type { MainThread } from './user.ts';

type Open = Extract<FromUser, { kind: 'openSocket' }>;
type Command = Extract<FromUser, { kind: 'socketCommand' }>;

/** The connections of a thread's user, which live on the main thread. */
export function createThreadSockets(thread: UserThread, main: MainThread, signal: AbortSignal) {
  const handles = new Map<number, SocketHandle>();
  return {
    open({ id, spec, isBlocking }: Open): void {
      const handle = main.sockets().open(
        spec,
        (event) => {
          if (event.kind === 'close' || event.kind === 'failed') handles.delete(id);
          if (isBlocking) thread.leave({ socket: id, event });
          else thread.post({ kind: 'socketEvent', id, event });
        },
        signal,
      );
      handles.set(id, handle);
    },
    command: ({ id, command }: Command): void => handles.get(id)?.send(command),
  };
}
