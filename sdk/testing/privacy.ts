import type { CustomerErasure, CustomerExport, ErasureRequest } from '../contracts/privacy.ts';
import { consentsOf } from './consents.ts';
import { userIdOf } from './principal.ts';
import { problem } from './problems.ts';
import type { Handlers } from './request-handler.ts';
import { type FakeState, isoTime } from './state.ts';

/** The export, with the rows of the fake under the names of the API's tables; and the erasure of them. */
export function createPrivacy(state: FakeState): Pick<Handlers, 'exportCustomer' | 'eraseCustomer'> {
  return {
    eraseCustomer: ({ principal, body }): CustomerErasure => {
      const userId = userIdOf(principal);
      if (!state.erased.has(userId)) {
        const user = state.users.get(userId);
        if (!user) throw problem('user_not_found');
        if ((body as ErasureRequest).password !== user.password) throw problem('invalid_credentials');
        forget(state, userId);
      }
      return { status: 'erasure is being processed', user_id: userId };
    },

    exportCustomer: ({ principal }): CustomerExport => {
      const userId = userIdOf(principal);
      const user = state.users.get(userId);
      if (!user) throw problem('user_not_found');
      const { password: _, ...account } = user;
      const isOwn = (row: { userId: string }) => row.userId === userId;
      return {
        format: 'ecs-export-1',
        user_id: userId,
        exported_at: isoTime(state.now()),
        about: {},
        data: {
          emotional_events: [...state.emotions.values()].filter(isOwn).map((row) => ({ ...row })),
          transactions: [...state.transactions.values()].filter(isOwn).map((row) => ({ ...row })),
          notifications: (state.notifications.get(userId) ?? []).map((row) => ({ ...row })),
          credit_limits: state.offers.filter(isOwn).map((row) => ({ ...row })),
          consents: Object.values(consentsOf(state, userId)).map((row) => ({ ...row })),
          users: [{ ...account }],
        },
      };
    },
  };
}

function forget(state: FakeState, userId: string): void {
  const deleteOwn = <Row extends { userId: string }>(rows: Map<string, Row>) => {
    for (const [key, row] of rows) if (row.userId === userId) rows.delete(key);
  };
  state.users.delete(userId);
  state.erased.add(userId);
  deleteOwn(state.tickets);
  deleteOwn(state.emotions);
  deleteOwn(state.transactions);
  state.offers = state.offers.filter((offer) => offer.userId !== userId);
  state.notifications.delete(userId);
  state.latestAnalyses.delete(userId);
  for (const stream of state.streams) if (stream.userId === userId) stream.cut();
}
