import type { FlowLane } from '../../../../sdk/contracts/operator-flow.ts';

/** The lanes of the flow in words. */
export const LANE_NAMES: Readonly<Record<FlowLane, string>> = {
  emotions: 'Emotions',
  transactions: 'Transactions',
  analyses: 'Credit analyses',
  offers: 'Accepted offers',
  webhooks: 'Webhooks',
};
