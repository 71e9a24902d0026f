import Negotiator from 'negotiator';

/** Returns the type to send of those that there are; undefined when the request accepts none of them. */
export function preferredType(accept: string | null, types: readonly string[]): string | undefined {
  return accept === null ? types[0] : new Negotiator({ headers: { accept } }).mediaType([...types]);
}

/** The types of a customer's notifications: a page, or events as they happen. */
export const NOTIFICATION_TYPES = ['application/json', 'text/event-stream'] as const;

/** The detail of a 406. */
export const notAcceptable = (types: readonly string[]): string => `This path sends ${types.join(' or ')}.`;
