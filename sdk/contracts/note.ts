import * as Type from '@sinclair/typebox';
import { LINES_WITH_TEXT } from './text.ts';

/** Why: a text that says something. */
export const Note = Type.String({
  minLength: 1,
  maxLength: 1000,
  pattern: LINES_WITH_TEXT,
  description: 'why, without control characters',
});
