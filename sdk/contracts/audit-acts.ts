import * as Type from '@sinclair/typebox';

/** The verbs of acts on record, by subject. An act is never renamed: rows of any age have its name. */
const VERBS = {
  consent: ['give', 'withdraw'],
  customer: ['erase'],
  database: ['restore'],
  limit: ['close'],
  offer: ['accept'],
  operator: ['add', 'change', 'change_password', 'change_roles', 'delete', 'disable', 'enable', 'log_in'],
  partner: ['add', 'change', 'disable', 'enable', 'remove', 'rotate'],
  policy: ['activate', 'add', 'approve', 'propose', 'retire', 'rollback', 'test'],
  request: ['read', 'refuse', 'write'],
  review: ['override', 'propose', 'request', 'uphold'],
  webhook: ['add', 'change', 'disable', 'enable', 'redeliver', 'remove', 'rotate', 'test'],
} as const;

type Subject = keyof typeof VERBS;
type NamesOf<Kind extends Subject> = `${Kind}.${(typeof VERBS)[Kind][number]}`;
/** `subject.verb` */
export type ActName = { [Kind in Subject]: NamesOf<Kind> }[Subject];

const subjects = Object.keys(VERBS) as Subject[];
export const ACT_NAMES = subjects.flatMap((kind) => VERBS[kind].map((verb) => `${kind}.${verb}` as ActName));
/** An act, or its subject for all of its acts. */
export const ACT_FILTERS: readonly (Subject | ActName)[] = [...subjects, ...ACT_NAMES];

export const ActFilter = Type.Union(
  ACT_FILTERS.map((name) => Type.Literal(name)),
  { description: `an act, as policy.approve, or one of ${subjects.join(', ')} for all of its acts` },
);
