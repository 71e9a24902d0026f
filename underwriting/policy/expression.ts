import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import type { FeatureVector } from '../risk-model.ts';
import { FEATURE_NAMES } from '../twin.ts';

/** The facts that an expression of a policy sees. */
export interface ExpressionFacts {
  /** 0 low .. 1 high */
  score: number;
  /** Sum of the accepted and active limits before the decision. */
  exposure: number;
  jurisdiction: string;
  features: FeatureVector;
}

export type Expression<Value> = (facts: ExpressionFacts) => Value;

/**
 * Compiles CEL. Every expression is typed before it runs, ends, and gives a value for all facts: there are no
 * calls but `max` and `min`, so no regular expression and no loop over a list; and no lookup, divisor or
 * integer that could fail for a few customers alone.
 */
export function compileExpression<Type extends 'bool' | 'double'>(
  text: string,
  type: Type,
): Expression<Type extends 'bool' ? boolean : number> | { error: string } {
  const check = ENVIRONMENT.check(text);
  if (!check.valid) return { error: firstLine(check.error?.message ?? 'is no expression') };
  const actual = String(check.type);
  if (actual !== type) return { error: `is a ${actual} where a ${type} is needed` };
  const parsed = ENVIRONMENT.parse(text);
  const error = faultOf(parsed.ast);
  if (error !== null) return { error };
  return (facts) => parsed(facts) as Type extends 'bool' ? boolean : number;
}

const ENVIRONMENT = new Environment({ limits: { maxAstNodes: 200, maxDepth: 30 } })
  .registerVariable('score', 'double')
  .registerVariable('exposure', 'double')
  .registerVariable('jurisdiction', 'string')
  .registerVariable({
    name: 'features',
    schema: Object.fromEntries(FEATURE_NAMES.map((name) => [name, 'double'])),
  })
  .registerFunction('max(double, double): double', Math.max)
  .registerFunction('min(double, double): double', Math.min);

const CALLS = new Set(['max', 'min']);

/** Returns the first part of an expression that may call, loop, or fail for some facts. */
function faultOf(node: unknown): string | null {
  if (Array.isArray(node)) {
    for (const child of node) {
      const fault = faultOf(child);
      if (fault !== null) return fault;
    }
    return null;
  }
  if (typeof node !== 'object' || node === null || !('op' in node)) return null;
  const { op, args } = node as ASTNode;
  if (op === 'rcall' || (op === 'call' && !CALLS.has(args[0]))) {
    return `calls ${args[0]}: only max and min may be called`;
  }
  if (op === '[]' || op === 'map')
    return 'looks up a key that may be missing: only features.NAME may be read';
  if ((op === '/' || op === '%') && !isNonZero(args[1])) {
    return 'divides by a value that may be 0: only another number may divide';
  }
  if (op === 'value') {
    return typeof args === 'bigint' ? `has the integer ${args}: numbers need a point, as 1.0` : null;
  }
  return faultOf(args);
}

function isNonZero({ op, args }: ASTNode): boolean {
  return op === '-_' ? isNonZero(args) : op === 'value' && typeof args === 'number' && args !== 0;
}

function firstLine(message: string): string {
  return message.replace(/\n.*/s, '');
}
