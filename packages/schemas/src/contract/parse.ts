import type { z } from 'zod';
import { DirectoryError, missing, type ErrorCode, type Issue } from '../canonical/error.ts';

const missingWords: ReadonlySet<string> = new Set(Object.values(missing));

const sayMissing = ({ input }: { input?: unknown }): string | undefined =>
  input === undefined ? missing.absent : input === null ? missing.null : undefined;

/** Turns what zod found into issues that name the wire. The values themselves are not kept. */
export function issuesOf(error: z.ZodError): Issue[] {
  return error.issues.flatMap((issue): Issue[] => {
    const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], rule: 'unknown', message: 'is not a known field' }));
    }
    return [{ path, rule: missingWords.has(issue.message) ? 'required' : 'invalid', message: issue.message }];
  });
}

/** Parses what came over the wire, or refuses it with everything that is wrong with it. */
export function parseWire<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  code: ErrorCode = 'validation_error',
): z.output<Schema> {
  const result = schema.safeParse(value, { error: sayMissing });
  if (result.success) return result.data;
  throw new DirectoryError(code, 'Invalid request parameters', { issues: issuesOf(result.error) });
}
