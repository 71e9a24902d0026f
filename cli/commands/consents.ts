import { type Command, Option } from 'commander';
import { again } from '../ui/command-line.ts';
import type { Consent, ConsentPurpose, EcsClient } from '../../sdk/index.ts';
import { CONSENT_PURPOSES } from '../../sdk/contracts/consent.ts';
import { type CustomerFlags, customerOptions, openCustomer } from '../config/session.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, print, printJson, printTable } from '../ui/output.ts';

type ChangeFlags = CustomerFlags & { text?: string };

export function register(program: Command): void {
  const consents = program.command('consents');
  withExamples(
    consents,
    ['ecs consents ls'],
    ['ecs consents give emotion_capture --text 2026-11'],
    ['ecs consents withdraw emotion_scoring', 'takes effect within a second'],
  );
  customerOptions(
    consents.command('ls').summary('each purpose: given or withdrawn, of which text, when'),
  ).action(
    run(async (flags: CustomerFlags) => {
      const { ecs, userId } = openCustomer(flags);
      const items = await Promise.all(CONSENT_PURPOSES.map((purpose) => ecs.consents.get(userId, purpose)));
      if (flags.json) printJson({ items });
      else printTable(items.map(toRow));
    }),
  );
  changing(consents, 'give', 'allow a purpose', async (ecs, userId, purpose, text) => {
    if (text === undefined) throw textMissing();
    return ecs.consents.give(userId, purpose, text);
  });
  changing(
    consents,
    'withdraw',
    'end a consent; takes effect within a second',
    async (ecs, userId, purpose, text) => {
      const textVersion = text ?? (await ecs.consents.get(userId, purpose)).text_version;
      if (textVersion === null) throw textMissing();
      return ecs.consents.withdraw(userId, purpose, textVersion);
    },
  );
}

type Change = (
  ecs: EcsClient,
  userId: string,
  purpose: ConsentPurpose,
  text: string | undefined,
) => Promise<Consent>;

function changing(consents: Command, verb: string, summary: string, change: Change): void {
  const command = consents.command(verb).summary(summary);
  command.addArgument(command.createArgument('<purpose>', 'the purpose').choices(CONSENT_PURPOSES));
  customerOptions(command)
    .addOption(new Option('--text <version>', 'the version of the text that the customer was shown'))
    .action(
      run(async (purpose: ConsentPurpose, flags: ChangeFlags) => {
        const { ecs, userId, email } = openCustomer(flags);
        const consent = await change(ecs, userId, purpose, flags.text);
        if (flags.json) printJson({ ...consent });
        else print(`${email}: ${purpose} is ${stateOf(consent)}, text ${consent.text_version ?? ''}`);
      }),
    );
}

function textMissing(): CliError {
  return new CliError('--text is missing', EXIT.usage, again({ '--text': 'VERSION' }));
}

function stateOf({ granted }: Consent): string {
  if (granted === null) return 'not said';
  return granted ? 'given' : 'withdrawn';
}

const toRow = (consent: Consent) => ({
  purpose: consent.purpose,
  state: stateOf(consent),
  text: consent.text_version,
  given_at: consent.given_at,
  withdrawn_at: consent.withdrawn_at,
});
