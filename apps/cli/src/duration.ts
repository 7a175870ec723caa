import { UsageError } from './errors.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** Seconds of a duration such as `90d` or `1h`. */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d+)([smhdw])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new UsageError(`${JSON.stringify(text)} is not a duration; write a number and s, m, h, d or w, as in 90d`);
  }
  return Number(count) * SECONDS[unit as keyof typeof SECONDS];
}

/** The API takes times of the years 1 to 9999 of UTC: those of four digits (RFC 3339). */
const FIRST = Date.parse('0001-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/** A time in milliseconds as the API takes it. */
export function toTime(milliseconds: number): string {
  if (milliseconds >= FIRST && milliseconds <= LAST) return new Date(milliseconds).toISOString();
  throw new UsageError('a time must be in the years 1 to 9999 of UTC');
}

/** A day, which begins at midnight UTC, or a time with its offset. */
const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** A time, or a duration before now such as `1d`. */
export function parsePast(text: string): string {
  return /^\d+[a-z]$/.test(text) ? toTime(Date.now() - parseDuration(text) * 1000) : parseMoment(text);
}

/** A day such as `2027-01-01`, or a time such as `2027-01-01T12:00:00Z`, in UTC. */
export function parseMoment(text: string): string {
  const moment = Date.parse(text);
  if (!MOMENT.test(text) || Number.isNaN(moment)) {
    throw new UsageError(`${JSON.stringify(text)} is not a time; write 2027-01-01 or 2027-01-01T12:00:00Z`);
  }
  return toTime(moment);
}
