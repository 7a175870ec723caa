import { z } from 'zod';

/** So many points in so many seconds, from the first one on. */
export interface Quota {
  readonly points: number;
  readonly seconds: number;
}

/** `600/60`, 600 points in 60 seconds, or `off`. */
export const Limit = z
  .string()
  .regex(/^(?:off|[1-9]\d{0,8}\/[1-9]\d{0,4})$/, { error: 'must be points/seconds, such as 600/60, or off' })
  .transform((text): Quota | 'off' => {
    if (text === 'off') return text;
    const [points, seconds] = text.split('/').map(Number);
    return { points: points!, seconds: seconds! };
  });
export type Limit = z.output<typeof Limit>;

const limits = z.record(z.string(), Limit).default({});

/** Limits of single tenants and credentials, by their id, in the place of the one for all. */
export const LimitOverrides = z.strictObject({ tenants: limits, credentials: limits });
export type LimitOverrides = z.output<typeof LimitOverrides>;
