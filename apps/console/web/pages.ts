import type { Page, Parameters } from './page.ts';
import { REVIEW_ROLES } from './reviews/roles.ts';
import { shortId } from './ui/format.ts';

const withId =
  (name: string) =>
  ({ id = '' }: Parameters) =>
    `${name} ${shortId(id)}`;

/** Every page, in the order of the navigation. */
export const PAGES: readonly Page[] = [
  {
    path: '/overview',
    title: 'Overview',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./overview/page.tsx'),
  },
  {
    path: '/customers',
    title: 'Customers',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./customers/search.tsx'),
  },
  {
    path: '/customers/:id',
    title: 'Customer',
    titleOf: withId('Customer'),
    isListed: false,
    roles: ['viewer'],
    load: () => import('./customers/customer.tsx'),
  },
  {
    path: '/decisions',
    title: 'Decisions',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./decisions/list.tsx'),
  },
  {
    path: '/decisions/:id',
    title: 'Decision',
    titleOf: withId('Decision'),
    isListed: false,
    roles: ['viewer'],
    load: () => import('./decisions/decision.tsx'),
  },
  {
    path: '/policies',
    title: 'Policies',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./policies/list.tsx'),
  },
  {
    path: '/policies/:version',
    title: 'Policy',
    titleOf: ({ version }) => `Policy ${version}`,
    isListed: false,
    roles: ['viewer'],
    load: () => import('./policies/policy.tsx'),
  },
  {
    path: '/models',
    title: 'Models',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./models/page.tsx'),
  },
  {
    path: '/reviews',
    title: 'Reviews',
    isListed: true,
    roles: REVIEW_ROLES,
    load: () => import('./reviews/queue.tsx'),
  },
  {
    path: '/reviews/:id',
    title: 'Review',
    titleOf: withId('Review'),
    isListed: false,
    roles: REVIEW_ROLES,
    load: () => import('./reviews/review.tsx'),
  },
  {
    path: '/dead-letters',
    title: 'Dead letters',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./dead-letters/groups.tsx'),
  },
  {
    path: '/dead-letters/:stream/:code',
    title: 'Dead letters of a cause',
    titleOf: ({ stream, code }) => `Dead letters: ${code} of ${stream}`,
    isListed: false,
    roles: ['viewer'],
    load: () => import('./dead-letters/group.tsx'),
  },
  {
    path: '/webhooks',
    title: 'Webhooks',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./webhooks/endpoints.tsx'),
  },
  {
    path: '/webhooks/:id',
    title: 'Endpoint of webhooks',
    titleOf: withId('Endpoint'),
    isListed: false,
    roles: ['viewer'],
    load: () => import('./webhooks/endpoint.tsx'),
  },
  {
    path: '/audit',
    title: 'Audit',
    isListed: true,
    roles: ['auditor'],
    load: () => import('./audit/acts.tsx'),
  },
  {
    path: '/audit/:id',
    title: 'Act',
    titleOf: withId('Act'),
    isListed: false,
    roles: ['auditor'],
    load: () => import('./audit/act.tsx'),
  },
  {
    path: '/reports',
    title: 'Runs',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./reports/page.tsx'),
  },
  {
    path: '/emotions',
    title: 'Emotions',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./insights/emotions.tsx'),
  },
  {
    path: '/credit',
    title: 'Credit',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./insights/credit.tsx'),
  },
  {
    path: '/changes',
    title: 'What stands out',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./insights/changes.tsx'),
  },
  {
    path: '/failure-modes',
    title: 'Failures',
    isListed: true,
    roles: ['viewer'],
    load: () => import('./failure-modes/page.tsx'),
  },
];
