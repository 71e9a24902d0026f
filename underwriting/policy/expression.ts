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
 * Compiles CEL. Every expression is typed before it runs and ends: there are no calls but `max` and `min`, so
 * no regular expression and no loop over a list.
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
  const call = forbiddenCall(parsed.ast);
  if (call !== null) return { error: `calls ${call}: only max and min may be called` };
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

function forbiddenCall(node: unknown): string | null {
  if (Array.isArray(node)) {
    for (const child of node) {
      const call = forbiddenCall(child);
      if (call !== null) return call;
    }
    return null;
  }
  if (typeof node !== 'object' || node === null || !('op' in node)) return null;
  const { op, args } = node as ASTNode;
  if (op === 'rcall') return args[0];
  if (op === 'call' && !CALLS.has(args[0])) return args[0];
  return forbiddenCall(args);
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
