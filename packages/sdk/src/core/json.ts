import { SteleError } from './error.ts';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value if it is a text that says something. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Reasons by field, whether the dialect gives one or a list. */
export function reasons(value: unknown): Record<string, string[]> | undefined {
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([field, why]) => [field, [why].flat().map(String)]))
    : undefined;
}

export function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Why a value cannot be sent as JSON without a silent loss, or undefined where it can. */
function lossOf(given: unknown, encoded: unknown, isItem: boolean): string | undefined {
  if (typeof given === 'number' && !Number.isFinite(given)) return String(given);
  if (given instanceof Date && encoded === null) return 'an invalid date';
  if (['function', 'symbol', 'bigint'].includes(typeof encoded)) return `a ${typeof encoded}`;
  if (encoded === undefined && isItem) return 'undefined';
  if (typeof encoded !== 'object' || encoded === null || Array.isArray(encoded)) return undefined;
  if ('then' in encoded) return 'a promise';
  return Symbol.iterator in encoded ? `a ${encoded.constructor.name}` : undefined;
}

/** JSON. What `JSON.stringify` would leave out or write as `null` or `{}` is an error; a field that is undefined is left out. */
export function encodeJson(body: unknown): string {
  try {
    return JSON.stringify(body, function (this: Record<string, unknown>, name: string, encoded: unknown) {
      const loss = lossOf(this[name], encoded, Array.isArray(this) || name === '');
      if (loss !== undefined) throw new SteleError(`${name || 'the body'} must not be ${loss}; nothing was sent`);
      return encoded;
    });
  } catch (cause) {
    if (cause instanceof SteleError) throw cause;
    // A cycle, too many levels, or a `toJSON` that throws.
    throw new SteleError('the body cannot be encoded as JSON; nothing was sent', { cause });
  }
}
