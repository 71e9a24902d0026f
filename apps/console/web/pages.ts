import type { ComponentType } from 'preact';
import type { OperatorRole } from '../../../sdk/contracts/operator-roles.ts';

/** A page of the console, loaded when it is opened. */
export interface Page {
  /** Below /console, as wouter matches it; parameters reach the component as props. */
  path: string;
  title: string;
  /** Whether it is in the navigation; the page of one thing is reached by a list. */
  isListed: boolean;
  /** Operators with any of these roles see it; every operator may do what a viewer may. */
  roles: readonly OperatorRole[];
  load(): Promise<{ default: ComponentType<Record<string, string>> }>;
}

/** Every page, in the order of the navigation. */
export const PAGES: readonly Page[] = [
  {
    path: '/reviews',
    title: 'Reviews',
    isListed: true,
    roles: ['operator', 'auditor'],
    load: () => import('./reviews/queue.tsx'),
  },
];
