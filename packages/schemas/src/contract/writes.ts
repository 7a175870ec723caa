import { z } from 'zod';
import { DirectoryError } from '../canonical/error.ts';
import { parseWire } from './parse.ts';

/** What a write of each field of a wire schema changes. A field that is added to the schema does not compile without one. */
export type Writes<Wire, Writing, Changes> = {
  readonly [Field in keyof Wire & string]-?: (value: Exclude<Wire[Field], undefined>, writing: Writing) => Changes;
};

/** Checks a changed value, which the schema of the request accepted as it came. */
export function checked<Schema extends z.ZodType>(field: string, schema: Schema, value: unknown): z.output<Schema> {
  return parseWire(z.object({ [field]: schema }), { [field]: value })[field] as z.output<Schema>;
}

export const invalidField = (path: readonly string[], message: string): DirectoryError =>
  new DirectoryError('validation_error', 'Invalid request parameters', {
    issues: [{ path, rule: 'invalid', message }],
  });
