/** Shows a line about work that takes its time, such as an installation. */
export type Notify = (line: string) => void;

export function printNotice(line: string): void {
  process.stderr.write(`ecs: ${line}\n`);
}
