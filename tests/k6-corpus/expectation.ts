/**
 * The outcome that a script of the corpus has by k6's documentation, in comments at its top:
 * `// args: --vus 2`, `// env: K6_VUS=2`, and `// expect: exit 99; iterations 2; checks 3/0; log "text";
 * no log "text"; metric http_reqs count 4`.
 */
export interface Expectation {
  settings: { args: string[]; env: Record<string, string> };
  /** None in a script of others. */
  clauses: Clause[];
}

export type Clause =
  | { kind: 'exit'; code: number }
  | { kind: 'log'; text: string; isThere: boolean }
  | { kind: 'metric'; metric: string; stat: string; value: number };

export function readExpectation(source: string): Expectation {
  const lines = [...source.matchAll(/^\/\/ (args|env|expect): (.*)$/gm)];
  const of = (kind: string) =>
    lines.filter(([, name]) => name === kind).map(([, , text = '']) => text.trim());
  const pairs = of('env').flatMap((text) =>
    text.split(/\s+/).map((pair) => pair.split('=') as [string, string]),
  );
  const expected = of('expect');
  // Scripts with a remark on k6's exit code are held to it.
  const remark = /^\/\/ k6.*?\bexit (\d+)/m.exec(source);
  if (expected.length === 0 && remark) expected.push(`exit ${remark[1]}`);
  return {
    settings: { args: of('args').flatMap((text) => text.split(/\s+/)), env: Object.fromEntries(pairs) },
    clauses: expected.flatMap((text) => text.split(/;\s*/).flatMap(readClause)),
  };
}

/** Throws for a clause that cannot be read: it would hold for anything. */
function readClause(text: string): Clause[] {
  const quoted = /^(no )?log "(.*)"$/.exec(text);
  if (quoted) return [{ kind: 'log', text: quoted[2] ?? '', isThere: quoted[1] === undefined }];
  const [name = '', first = '', second = '', third = ''] = text.split(' ');
  if (name === 'exit') return [{ kind: 'exit', code: Number(first) }];
  if (name === 'iterations')
    return [{ kind: 'metric', metric: 'iterations', stat: 'count', value: Number(first) }];
  if (name === 'requests')
    return [{ kind: 'metric', metric: 'http_reqs', stat: 'count', value: Number(first) }];
  if (name === 'metric') return [{ kind: 'metric', metric: first, stat: second, value: Number(third) }];
  const checks = /^checks (\d+)\/(\d+)$/.exec(text);
  if (!checks) throw new Error(`an expectation that cannot be read: ${text}`);
  return [
    { kind: 'metric', metric: 'checks', stat: 'passes', value: Number(checks[1]) },
    { kind: 'metric', metric: 'checks', stat: 'fails', value: Number(checks[2]) },
  ];
}
