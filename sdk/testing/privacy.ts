import type { CustomerExport } from '../contracts/privacy.ts';
import { userIdOf } from './principal.ts';
import { problem } from './problems.ts';
import type { Handlers } from './request-handler.ts';
import { type FakeState, isoTime } from './state.ts';

/** The export, with what the fake keeps, under the names of the API's tables. */
export function createPrivacy(state: FakeState): Pick<Handlers, 'exportCustomer'> {
  return {
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
          users: [{ ...account }],
        },
      };
    },
  };
}
