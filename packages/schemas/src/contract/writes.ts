import { z } from 'zod';
import { defined } from '../canonical/defined.ts';
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

/** How a write checks a changed value. */
export type Check = typeof checked;

/** Takes a value that a document shows as it is: the directory has accepted it. */
export const asShown: Check = (_field, _schema, value) => value as never;

/** The limits of a text in the words of JSON Schema. */
function limitsOf(field: z.ZodType): object {
  const text = field instanceof z.ZodNullable ? (field.unwrap() as z.ZodType) : field;
  const { minLength, maxLength, pattern, format } = z.toJSONSchema(text, { io: 'input' });
  return defined(format === undefined ? { minLength, maxLength, pattern } : { maxLength, format });
}

/**
 * A text that is checked where a write changes it (`checked`): an unchanged value is not validated anew. The document has
 * the limits of the field all the same.
 */
export const unchecked = (field: z.ZodType) => z.string().meta({ ...limitsOf(field), ...field.meta() });

export const invalidField = (path: readonly string[], message: string): DirectoryError =>
  new DirectoryError('validation_error', 'Invalid request parameters', {
    issues: [{ path, rule: 'invalid', message }],
  });
