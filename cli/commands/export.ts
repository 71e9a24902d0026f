import { createWriteStream } from 'node:fs';
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
        if (out !== undefined) requireWritable(out);
        const { ecs, userId } = openCustomer(flags);
        const document = await ecs.customers.export(userId, { signal: interruptSignal() });
        // The document is JSON already.
        if (out === undefined) return write(document, process.stdout);
        await write(document, createWriteStream(out, { flags: 'wx', mode: 0o600 }));
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

async function write(document: ReadableStream<Uint8Array>, target: NodeJS.WritableStream): Promise<void> {
  try {
    await pipeline(Readable.fromWeb(document as never), target, { end: target !== process.stdout });
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'EEXIST')
      throw new CliError('the file exists already', EXIT.usage, again({ '--out': 'FILE' }));
    throw error;
  }
}
