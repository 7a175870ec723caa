import { SteleError } from './error.ts';

/** A text that can be sent in a header, without spaces. A regular expression alone would take `undefined` for one. */
export const isVisible = (value: unknown): value is string => typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);

/** The number, if it is one and in its range. */
export function assertNumber(name: string, value: unknown, range: string, isInRange: boolean): number {
  if (typeof value === 'number' && isInRange) return value;
  throw new SteleError(`${name} must be ${range}`);
}

/** The value, if it is a function or was not given. */
export function assertFunction<What>(name: string, value: What): What {
  if (value === undefined || typeof value === 'function') return value;
  throw new SteleError(`${name} must be a function`);
}
