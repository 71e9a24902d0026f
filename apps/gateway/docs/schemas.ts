import { Kind, type TSchema } from '@sinclair/typebox';
import * as auth from '../../../sdk/contracts/auth.ts';
import * as common from '../../../sdk/contracts/common.ts';
import * as credit from '../../../sdk/contracts/credit.ts';
import * as customer from '../../../sdk/contracts/customer.ts';
import * as emotion from '../../../sdk/contracts/emotion.ts';
import * as health from '../../../sdk/contracts/health.ts';
import * as jurisdiction from '../../../sdk/contracts/jurisdiction.ts';
import * as notification from '../../../sdk/contracts/notification.ts';
import * as operatorCredit from '../../../sdk/contracts/operator-credit.ts';
import * as operatorCustomers from '../../../sdk/contracts/operator-customers.ts';
import * as operatorDeadLetters from '../../../sdk/contracts/operator-dead-letters.ts';
import * as operatorStatus from '../../../sdk/contracts/operator-status.ts';
import * as operatorDecisions from '../../../sdk/contracts/operator-decisions.ts';
import * as oauthError from '../../../sdk/contracts/oauth-error.ts';
import * as operatorPartners from '../../../sdk/contracts/operator-partners.ts';
import * as operatorPolicies from '../../../sdk/contracts/operator-policies.ts';
import * as operator from '../../../sdk/contracts/operator.ts';
import * as partner from '../../../sdk/contracts/partner.ts';
import * as problem from '../../../sdk/contracts/problem.ts';
import * as transaction from '../../../sdk/contracts/transaction.ts';
import * as webhookEvents from '../../../sdk/contracts/webhook-events.ts';

/** The contracts by their names in code: a generator names its types by them. */
const CONTRACTS = {
  ...common,
  ...auth,
  ...jurisdiction,
  ...customer,
  ...emotion,
  ...transaction,
  ...credit,
  ...notification,
  ...health,
  ...operator,
  ...operatorPolicies,
  ...operatorPartners,
  ...operatorDecisions,
  ...operatorStatus,
  ...operatorDeadLetters,
  ...operatorCustomers,
  ...operatorCredit,
  ...partner,
  ...oauthError,
  ...problem,
  ...webhookEvents,
};
const NAMES = new Map<unknown, string>(
  Object.entries(CONTRACTS).flatMap(([name, value]) => (isSchema(value) ? [[value, name]] : [])),
);

/** For generators of clients; requests are checked by the patterns. */
const FORMATS = new Map<TSchema, string>([
  [common.Uuid, 'uuid'],
  [common.Timestamp, 'date-time'],
  [common.UtcDate, 'date'],
  [auth.Email, 'email'],
  [common.EmailAddress, 'email'],
]);

export interface Schemas {
  /** Returns a contract as JSON Schema: a reference when it has a name, noting the schemas it needs. */
  of(schema: TSchema): unknown;
  /** Every contract that was referred to, by name. */
  components(): Record<string, unknown>;
}

export function createSchemas(): Schemas {
  const components = new Map<string, unknown>();

  const of = (schema: TSchema): unknown => {
    const name = NAMES.get(schema);
    if (!name) return write(schema);
    if (!components.has(name)) {
      components.set(name, null);
      components.set(name, write(schema));
    }
    return { $ref: `#/components/schemas/${name}` };
  };

  const write = (schema: TSchema): unknown => {
    const constants = (schema.anyOf as TSchema[] | undefined)?.map((option) => option.const as unknown);
    if (constants?.every((value) => typeof value === 'string')) return { type: 'string', enum: constants };
    const entries = Object.entries(schema).map(([key, value]) => [key, writeKeyword(key, value)]);
    const format = FORMATS.get(schema);
    return { ...Object.fromEntries(entries), ...(format ? { format } : {}) };
  };

  const writeKeyword = (key: string, value: unknown): unknown => {
    if (key === 'properties' || key === 'patternProperties') {
      const properties = Object.entries(value as Record<string, TSchema>);
      return Object.fromEntries(properties.map(([name, schema]) => [name, of(schema)]));
    }
    if (key === 'anyOf') return (value as TSchema[]).map(of);
    if (key === 'items') return of(value as TSchema);
    return value;
  };

  const sorted = () => [...components].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { of, components: () => Object.fromEntries(sorted()) };
}

function isSchema(value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null && Kind in value;
}
