import postgres from 'postgres';
import { LostConnectionError, MigrationError } from '../../platform/data/migration-errors.ts';
import { isTransient } from '../../platform/data/sql.ts';
import { brokerErrorCode } from '../../platform/messaging/broker-errors.ts';
import { steps } from '../../deploy/local/command-line.ts';
import { CliError, EXIT } from './cli-error.ts';

/** The CliError of a failure of the database or the broker, or null. */
export function ofEngine(error: unknown): CliError | null {
  if (error instanceof MigrationError) {
    const exit = error instanceof LostConnectionError ? EXIT.unreachable : EXIT.failed;
    return new CliError(error.message, exit, error.remedy);
  }
  const brokerCode = brokerErrorCode(error);
  if (brokerCode !== null) {
    const hint = steps('ecs status', 'check NATS_URL');
    return new CliError(`the message broker did not respond (${brokerCode})`, EXIT.unreachable, hint, {
      code: 'broker_unavailable',
    });
  }
  if (error instanceof postgres.PostgresError) {
    const isRefused = error.code.startsWith('28');
    return new CliError(
      `the database refused: ${error.message}`,
      isRefused ? EXIT.notAllowed : EXIT.failed,
      isRefused ? 'check DATABASE_URL' : steps('ecs migrate', 'ecs doctor'),
      { code: 'database_refused' },
    );
  }
  if (!isTransient(error)) return null;
  const hint = steps('ecs status', 'check DATABASE_URL');
  return new CliError('the database did not respond', EXIT.unreachable, hint, {
    code: 'database_unavailable',
  });
}
