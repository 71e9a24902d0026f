import { type Command, Option } from 'commander';
import { steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import type { Partner, PartnerSecret } from '../../sdk/contracts/operator-partners.ts';
import { isPartnerScope, PARTNER_SCOPES, type PartnerScope } from '../../sdk/contracts/partner-scopes.ts';
import type { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { openOperator, type OperatorFlags, operatorOption } from '../config/operator-session.ts';
import { readInteger } from '../config/session.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, print, printJson, printList, talk } from '../ui/output.ts';
import { nameOf, readSmall } from '../ui/read-small.ts';

interface KeyFlags extends OperatorFlags {
  publicKeyFile?: string;
}
interface TermsFlags extends OperatorFlags {
  scope?: PartnerScope[];
  eventsPerSecond?: string;
}
type RotateFlags = KeyFlags & { grace: string };

const EVENTS_PER_SECOND_MAX = 1_000_000;
const GRACE_HOURS_MAX = 30 * 24;

export function register(program: Command): void {
  const partners = program
    .command('partners')
    .description(
      'A partner has a client id, a secret (or a key pair of its own), scopes and a rate. It exchanges ' +
        'them for tokens at /v1/oauth/token. PARTNER is a client id or a name. The secret is printed ' +
        'once, alone on stdout. Changes need the role operator.',
    );
  withExamples(
    partners,
    ['ecs partners add shop --scope transactions:write > shop.secret', 'the secret alone is on stdout'],
    ['ecs partners add bank --scope emotions:write --public-key-file bank.jwk', 'a key pair, no secret'],
    ['ecs partners rotate shop --grace 24', 'the secret before is valid for 24 hours more'],
    ['ecs partners rotate shop --grace 0', 'after a leak: tokens are void as well'],
    ['ecs partners disable shop', 'its tokens are void at once'],
  );
  registerCredentials(partners);
  registerReads(partners);
  registerStates(partners);
}

function registerCredentials(partners: Command): void {
  termsOptions(keyOption(operatorOption(partners.command('add <name>').summary('add a partner')))).action(
    run(async (name: string, flags: KeyFlags & TermsFlags) => {
      if (!flags.scope)
        throw new CliError('--scope <scope> is missing', EXIT.usage, again({ '--scope': PARTNER_SCOPES[0] }));
      const { api } = openOperator(flags);
      const added = await api.partners.add({
        name,
        ...termsOf(flags),
        scopes: flags.scope,
        ...(await keyOf(flags)),
      });
      talk(`added the partner ${name}: client id ${added.client_id}, ${flags.scope.join(', ')}`);
      showSecret(added, flags);
    }),
  );
  keyOption(operatorOption(partners.command('rotate <partner>').summary('give it another secret or key')))
    .option('--grace <hours>', 'how long the one before stays valid; 0 also voids its tokens', '24')
    .action(
      run(async (partner: string, flags: RotateFlags) => {
        const hours = readInteger('--grace', flags.grace, { min: 0, max: GRACE_HOURS_MAX });
        const { api } = openOperator(flags);
        const rotation = { grace_seconds: hours * 3600, ...(await keyOf(flags)) };
        const rotated = await api.partners.rotate(await idOf(api, partner), rotation);
        const { client_id: id, former_expires_at: end } = rotated;
        talk(`rotated ${id}: the one before is ${end ? `valid until ${end}` : 'void'}`);
        showSecret(rotated, flags);
      }),
    );
}

function registerReads(partners: Command): void {
  operatorOption(partners.command('ls').summary('list them: scopes, rates, and who is disabled')).action(
    run(async (flags: OperatorFlags) => {
      const { items } = await openOperator(flags).api.partners.list();
      printList(items, flags, {
        none: 'no partners yet\nnext: ecs partners add NAME --scope emotions:write',
        toLine: ({ client_id, name, status, scopes, events_per_second }) => ({
          client_id,
          name,
          status,
          scopes: scopes.join(' '),
          events_per_second,
        }),
      });
    }),
  );
  operatorOption(partners.command('show <partner>').summary('one with its valid credentials')).action(
    run(async (partner: string, flags: OperatorFlags) => {
      const { api } = openOperator(flags);
      show(await api.partners.get(await idOf(api, partner)), flags);
    }),
  );
}

function registerStates(partners: Command): void {
  termsOptions(
    operatorOption(partners.command('change <partner>').summary('give it these scopes, or another rate')),
  ).action(
    run(async (partner: string, flags: TermsFlags) => {
      const { api } = openOperator(flags);
      const change = { ...termsOf(flags), ...(flags.scope ? { scopes: flags.scope } : {}) };
      if (Object.keys(change).length === 0) {
        throw new CliError(
          'nothing to change',
          EXIT.usage,
          steps(again({ '--scope': PARTNER_SCOPES[0] }), again({ '--events-per-second': 'N' })),
        );
      }
      show(await api.partners.change(await idOf(api, partner), change), flags);
    }),
  );
  const acts = {
    disable: ['void at once, with every token', 'disabled'],
    enable: ['tokens again, from now on', 'enabled'],
    rm: ['gone for good; its id is never used again', 'removed'],
  } as const;
  for (const [name, [summary, participle]] of Object.entries(acts)) {
    operatorOption(partners.command(`${name} <partner>`).summary(summary)).action(
      run(async (partner: string, flags: OperatorFlags) => {
        const { api } = openOperator(flags);
        const act = { disable: api.partners.disable, enable: api.partners.enable, rm: api.partners.remove };
        const changed = await act[name as keyof typeof act](await idOf(api, partner));
        if (flags.json) printJson(changed);
        else print(`${participle} the partner ${changed.name} (${changed.client_id})`);
      }),
    );
  }
}

/** `--scope` once for each scope. */
function termsOptions(command: Command): Command {
  const option = new Option('--scope <scope>', `once for each: ${PARTNER_SCOPES.join(', ')}`);
  // For completion; the parser collects, which commander's own choices would not.
  option.argChoices = [...PARTNER_SCOPES];
  return command
    .addOption(
      option.argParser((scope: string, scopes: string[] | undefined) => {
        if (isPartnerScope(scope)) return [...new Set([...(scopes ?? []), scope])];
        throw new CliError(`${JSON.stringify(scope)} is no scope`, EXIT.usage, PARTNER_SCOPES.join(', '));
      }),
    )
    .option('--events-per-second <n>', 'requests and events; twice as many in a burst');
}

function keyOption(command: Command): Command {
  return command.option('--public-key-file <file>', 'a public key as JWK, for private_key_jwt');
}

function termsOf({ eventsPerSecond }: TermsFlags): { events_per_second?: number } {
  if (eventsPerSecond === undefined) return {};
  const limits = { min: 1, max: EVENTS_PER_SECOND_MAX };
  return { events_per_second: readInteger('--events-per-second', eventsPerSecond, limits) };
}

async function keyOf({ publicKeyFile: file }: KeyFlags): Promise<{ public_key?: object }> {
  if (file === undefined) return {};
  const text = await readSmall(file);
  try {
    return { public_key: JSON.parse(text) as object };
  } catch {
    throw new CliError(`${nameOf(file)} is no key: it is not JSON`, EXIT.usage);
  }
}

/** A name is looked up; a client id needs no look. */
async function idOf(api: EcsOperatorClient, partner: string): Promise<string> {
  if (partner.startsWith('ptn_')) return partner;
  const { items } = await api.partners.list();
  const named = items.find(
    ({ name, status }) => status !== 'removed' && name.toLowerCase() === partner.toLowerCase(),
  );
  if (named) return named.client_id;
  throw new CliError(`there is no partner ${partner}`, EXIT.notFound, 'ecs partners ls');
}

/** The secret alone is on stdout, for a pipe. */
function showSecret(secret: PartnerSecret, { json }: OperatorFlags): void {
  if (json) {
    printJson(secret);
    return;
  }
  if (secret.client_secret === null) return;
  talk('its secret, shown this once:');
  print(secret.client_secret);
}

function show(partner: Partner, { json }: OperatorFlags): void {
  if (json) {
    printJson(partner);
    return;
  }
  print(`partner      ${partner.name}: ${partner.status}, by ${partner.changed_by}, ${partner.changed_at}`);
  print(`client id    ${partner.client_id}`);
  print(`scopes       ${partner.scopes.join(', ')}`);
  print(`rate         ${partner.events_per_second} requests and events a second`);
  for (const { kind, created_by, created_at, expires_at } of partner.credentials) {
    const name = kind === 'secret' ? 'secret' : 'public key';
    const end = expires_at ? `until ${expires_at}` : 'no end';
    print(`${name.padEnd(12)} of ${created_at}, by ${created_by}; ${end}`);
  }
}
