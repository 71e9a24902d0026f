/** Returns the files that differ from the place where this branch left `since`, with those that git has not seen yet. */
export function changedFiles(since: string, root: string): Set<string> {
  return new Set([
    ...listByGit(['diff', '--name-only', '--merge-base', since], root),
    ...listByGit(['ls-files', '--others', '--exclude-standard'], root),
  ]);
}

function listByGit(args: string[], root: string): string[] {
  const { stdout, stderr, success } = Bun.spawnSync(['git', ...args], { cwd: root });
  if (!success) throw new Error(stderr.toString().trim());
  return stdout.toString().split('\n').filter(Boolean);
}
