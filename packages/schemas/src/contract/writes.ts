import { z } from 'zod';
import { defined } from '../canonical/defined.ts';
import { DirectoryError } from '../canonical/error.ts';

/** The limits of a text in the words of JSON Schema. */
function limitsOf(field: z.ZodType): object {
  const text = field instanceof z.ZodNullable ? (field.unwrap() as z.ZodType) : field;
  const { minLength, maxLength, pattern, format } = z.toJSONSchema(text, { io: 'input' });
  return defined(format === undefined ? { minLength, maxLength, pattern } : { maxLength, format });
}

/**
 * A text that is checked where a write changes it: an unchanged value is not validated anew. The document has
 * the limits of the field all the same.
 */
export const unchecked = (field: z.ZodType) => z.string().meta({ ...limitsOf(field), ...field.meta() });

export const invalidField = (path: readonly string[], message: string): DirectoryError =>
  new DirectoryError('validation_error', 'Invalid request parameters', {
    issues: [{ path, rule: 'invalid', message }],
  });
