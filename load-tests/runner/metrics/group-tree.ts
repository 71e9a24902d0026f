import { createHash } from 'node:crypto';
import type { Tags } from '../protocol/metrics.ts';

/** Groups and checks as the summary shows them, by the paths in the samples' tags. */
export interface Group {
  name: string;
  path: string;
  id: string;
  groups: Group[];
  checks: CheckCount[];
}

export interface CheckCount {
  name: string;
  path: string;
  id: string;
  passes: number;
  fails: number;
}

interface GroupTree {
  root: Group;
  /** Checks in the order in which they first came. */
  checks: CheckCount[];
  /** Returns the group at `::outer::inner`, made when it is new. */
  groupAt(path: string): Group;
  countCheck(tags: Tags, passed: boolean): void;
}

export function createGroupTree(): GroupTree {
  const root: Group = { name: '', path: '', id: idOf(''), groups: [], checks: [] };
  const checks: CheckCount[] = [];
  const groupAt = (path: string): Group => path.split('::').slice(1).reduce(childOf, root);
  return {
    root,
    checks,
    groupAt,
    countCheck(tags, passed) {
      const group = groupAt(tags.group ?? '');
      const name = tags.check ?? '';
      let check = group.checks.find((candidate) => candidate.name === name);
      if (!check) {
        const path = `${group.path}::${name}`;
        check = { name, path, id: idOf(path), passes: 0, fails: 0 };
        group.checks.push(check);
        checks.push(check);
      }
      check[passed ? 'passes' : 'fails'] += 1;
    },
  };
}

function childOf(parent: Group, name: string): Group {
  const existing = parent.groups.find((group) => group.name === name);
  if (existing) return existing;
  const path = `${parent.path}::${name}`;
  const child: Group = { name, path, id: idOf(path), groups: [], checks: [] };
  parent.groups.push(child);
  return child;
}

const idOf = (path: string): string => createHash('md5').update(path).digest('hex');
