import { expect, test } from 'bun:test';
import * as Type from '@sinclair/typebox';
import { declareTypes } from './declarations.ts';

test('declares schemas as TypeScript reads them: a list of choices, and what may be absent', () => {
  const Color = Type.Union([Type.Literal('red'), Type.Literal('blue')]);
  const Shape = Type.Object({
    color: Color,
    colors: Type.Array(Color),
    sizes: Type.Optional(Type.Array(Type.Union([Type.Literal('s'), Type.Number()]))),
    lists: Type.Array(Type.Array(Type.String())),
    note: Type.Optional(Type.String({ description: 'of the shape' })),
  });
  expect(declareTypes({ Color, Shape }).split('\n')).toEqual([
    'export type Color = "red" | "blue";',
    '',
    'export interface Shape {',
    '  color: Color;',
    '  colors: Color[];',
    '  sizes?: ("s" | number)[] | undefined;',
    '  lists: string[][];',
    '  /** of the shape */',
    '  note?: string | undefined;',
    '}',
    '',
  ]);
});
