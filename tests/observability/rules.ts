import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dir, '..', '..');
export const RULES_FILE = join(ROOT, 'deploy', 'observability', 'rules.yaml');

interface Alert {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

interface Recording {
  record: string;
  expr: string;
}

interface Rules {
  groups: { name: string; rules: (Alert | Recording)[] }[];
}

export function readRules(): Rules {
  return Bun.YAML.parse(readFileSync(RULES_FILE, 'utf8')) as Rules;
}

export const alertsOf = (rules: Rules): Alert[] =>
  rules.groups.flatMap((group) => group.rules.flatMap((rule) => ('alert' in rule ? [rule] : [])));

export const recordingsOf = (rules: Rules): Recording[] =>
  rules.groups.flatMap((group) => group.rules.flatMap((rule) => ('record' in rule ? [rule] : [])));

/** The names of metrics and recordings in an expression. */
export const namesIn = (expr: string): string[] => [
  ...new Set([...expr.matchAll(/\b(?:ecs(?::\w+)+|ecs_\w+|process_\w+|up)\b/g)].map(([name]) => name)),
];
