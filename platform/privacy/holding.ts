/**
 * The words of the inventory: every place where personal data is, or might be taken to be. The customer's
 * export and the erasure are made of these entries; a test compares them with the real schema, topics and log
 * calls.
 */

/** Why data is held. Each purpose has its retention (docs/privacy.md). */
type Purpose =
  | 'account'
  | 'underwriting'
  | 'contract'
  | 'evidence'
  | 'notification'
  | 'delivery'
  | 'security'
  | 'operation';

/**
 * How an erasure treats the rows of a customer: `delete` removes them; `anonymize` keeps them without
 * identity and emotions, since the law asks for them; `absent` has no customer's data; `expire` cannot be
 * found by customer, holds keyed hashes or sealed texts alone, and goes by itself in a short time.
 */
type TableErasure = 'delete' | 'anonymize' | 'absent' | 'expire';

export interface TableHolding {
  table: string;
  /** Views that show its columns. */
  views?: readonly string[];
  content: string;
  purpose: Purpose;
  kept: string;
  erasure: TableErasure;
  /** How, beyond the word. */
  erased?: string;
  /**
   * Finds the rows of a customer: the column with the id; or the column with the id of a row of another
   * table that has one; or a field of a JSON column. Null where no row is of a customer.
   */
  owner: TableOwner | null;
  /** Columns that are exported to their customer. */
  personal: readonly string[];
  /** Columns that an export leaves out, with the reason: secrets, and the system's own bookkeeping. */
  internal: readonly string[];
  /** Fields of JSON columns that an export leaves out as well: the names of operators. */
  internalFields?: readonly { column: string; path: readonly string[] }[];
  /** The unique order in which an export reads the rows: a page begins after the row before it. */
  order?: readonly string[];
}

type TableOwner =
  | { column: string; isText?: true }
  | { column: string; through: 'credit_analyses' | 'credit_limits' }
  | { field: string; of: string };

export interface StreamHolding {
  /** A topic of the catalogue, or a stream beside it. */
  stream: string;
  content: string;
  purpose: Purpose;
  kept: string;
  erased: string;
  exported: string;
}

export interface CacheHolding {
  content: string;
  purpose: Purpose;
  kept: string;
  erased: string;
}

export interface LogHolding {
  fields: readonly string[];
  content: string;
}

export interface FileHolding {
  place: string;
  content: string;
  kept: string;
  erased: string;
}

/** `'id email'` -> `['id', 'email']` */
export function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
