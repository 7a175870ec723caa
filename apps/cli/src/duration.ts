import { UsageError } from './exit.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** Seconds of a duration such as `90d` or `1h`. */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d+)([smhdw])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new UsageError(`${JSON.stringify(text)} is not a duration; write a number and s, m, h, d or w, as in 90d`);
  }
  return Number(count) * SECONDS[unit as keyof typeof SECONDS];
}

/** A day, or a day and a time. A day begins where UTC says so; a time has its offset. */
const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** A moment, or how long ago it was, as in `1d`. */
export function parsePast(text: string): string {
  return /^\d+[a-z]$/.test(text) ? new Date(Date.now() - parseDuration(text) * 1000).toISOString() : parseMoment(text);
}

/** A day such as `2027-01-01`, or a time such as `2027-01-01T12:00:00Z`, in UTC. */
export function parseMoment(text: string): string {
  const moment = new Date(text);
  if (!MOMENT.test(text) || Number.isNaN(moment.getTime())) {
    throw new UsageError(`${JSON.stringify(text)} is not a time; write 2027-01-01 or 2027-01-01T12:00:00Z`);
  }
  return moment.toISOString();
}
