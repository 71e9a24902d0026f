/** A command as a shell reads it back: `ecs`, and each word quoted where it has to be. */
export function commandLine(...words: string[]): string {
  return ['ecs', ...words.map(quote)].join(' ');
}

export function quote(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) && !word.startsWith('~')
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The next steps of a failure, a line each: commands to paste, or advice in words. */
export function steps(...lines: string[]): string {
  return lines.join('\n');
}
