import type { Page } from './page.ts';

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
    isListed: false,
    roles: ['viewer'],
    load: () => import('./customers/customer.tsx'),
  },
  {
    path: '/reviews',
    title: 'Reviews',
    isListed: true,
    roles: ['operator', 'auditor'],
    load: () => import('./reviews/queue.tsx'),
  },
  {
    path: '/reviews/:id',
    title: 'Review',
    isListed: false,
    roles: ['operator', 'auditor'],
    load: () => import('./reviews/review.tsx'),
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
