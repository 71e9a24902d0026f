import { WEBHOOK_EVENT_TYPES, type WebhookEventType } from '../../sdk/contracts/webhook-events.ts';
import { again } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';

/** Reads `--events`, types with commas between. Throws a usage error for an unknown one. */
export function readEventTypes(text: string): WebhookEventType[] {
  return text.split(',').map((word) => {
    const type = WEBHOOK_EVENT_TYPES.find((candidate) => candidate === word.trim());
    if (type) return type;
    const hint = again({ '--events': WEBHOOK_EVENT_TYPES.join(',') });
    throw new CliError(`--events has no type ${word.trim()}`, EXIT.usage, hint);
  });
}
