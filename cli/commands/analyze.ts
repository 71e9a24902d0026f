import type { Command } from 'commander';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { print, printJson, talk } from '../ui/output.ts';
import { type CustomerFlags, customerOptions, openCustomer } from '../config/session.ts';

/** Bounds the call with its retries: an open breaker asks for a longer wait, so it is an error at once. */
const DEADLINE_MS = 8_000;

export function register(program: Command): void {
  const command = program.command('analyze');
  withExamples(
    command,
    ['ecs analyze'],
    ["ecs analyze --json | jq '.data.reasons[].code'", 'why it was denied'],
  );
  customerOptions(command).action(
    run(async (flags: CustomerFlags) => {
      const { ecs, userId } = openCustomer(flags, { deadlineMs: DEADLINE_MS });
      const analysis = await ecs.analyses.create(userId);
      if (flags.json) {
        printJson(analysis);
        return;
      }
      const { offer } = analysis;
      print(
        `decision    ${analysis.approved ? 'approved' : 'denied'}${analysis.replayed ? ' (as before)' : ''}`,
      );
      print(`risk score  ${analysis.ml_risk_score} (0 low .. 1 high), model ${analysis.model_version}`);
      for (const reason of analysis.reasons) print(`reason      ${reason.code}: ${reason.message}`);
      if (!offer) return;
      print(`offer       ${offer.offer_id}`);
      const { credit_limit, interest_rate, credit_type } = offer;
      print(`limit       ${credit_limit.toFixed(2)} at ${interest_rate} % a year, ${credit_type}`);
      talk(`next: ecs offers accept ${offer.offer_id} --wait`);
    }),
  );
}
