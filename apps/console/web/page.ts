import type { ComponentType } from 'preact';
import type { OperatorRole } from '../../../sdk/contracts/operator-roles.ts';

/** A page of the console, loaded when it is opened. */
export interface Page {
  /** Below /console, as wouter matches it; parameters reach the component as props. */
  path: string;
  title: string;
  /** The title of the page of one thing, by which tabs with several of them are told apart. */
  titleOf?(params: Parameters): string;
  /** Whether it is in the navigation; the page of one thing is reached by a list. */
  isListed: boolean;
  /** Operators with any of these roles see it; every operator may do what a viewer may. */
  roles: readonly OperatorRole[];
  load(): Promise<{ default: ComponentType<Parameters> }>;
}

/** Of the page's path, by name. */
export type Parameters = Record<string, string | undefined>;
