import { createWriteStream, existsSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { again } from '../ui/command-line.ts';
import { type CustomerFlags, customerOptions, interruptSignal, openCustomer } from '../config/session.ts';
import { requireWritable } from '../ui/file-failure.ts';
import { run } from '../ui/failure.ts';
import { withExamples } from '../ui/help.ts';
import { CliError, EXIT, printJson, talk } from '../ui/output.ts';

type Flags = CustomerFlags & { out?: string };

export function register(program: Command): void {
  const command = program.command('export');
  customerOptions(command)
    .description(
      'Writes one JSON document: the rows of each table that are of the customer, with why and how long ' +
        'they are kept. It comes as it is read, so its size does not matter.',
    )
    .option('--out <file>', 'a new file, for its owner alone, instead of stdout')
    .action(
      run(async ({ out, ...flags }: Flags) => {
        requireWritable(out);
        // Before the export is asked for: it is an act on record.
        if (out !== undefined && existsSync(out)) throw existsAlready(out);
        const { ecs, userId } = openCustomer(flags);
        const document = await ecs.customers.export(userId, { signal: interruptSignal() });
        // The document is JSON already.
        if (out === undefined) return write(document, process.stdout);
        await writeNew(document, out);
        if (flags.json) printJson({ user_id: userId, file: out });
        else talk(`written to ${out}`);
      }),
    );
  withExamples(
    command,
    ['ecs export --out my-data.json'],
    ['ecs export --as ada@example.com | jq ".data.transactions | length"'],
  );
}

const write = (document: ReadableStream<Uint8Array>, target: NodeJS.WritableStream): Promise<void> =>
  pipeline(Readable.fromWeb(document as never), target, { end: target !== process.stdout });

/** Writes a file that is whole or not there: half of an export would be taken for all of it. */
async function writeNew(document: ReadableStream<Uint8Array>, file: string): Promise<void> {
  try {
    await write(document, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw existsAlready(file);
    rmSync(file, { force: true });
    throw error;
  }
}

const existsAlready = (file: string) =>
  new CliError(`${file} exists already`, EXIT.usage, again({ '--out': 'FILE' }));
