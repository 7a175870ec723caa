import { z } from 'zod';

/** A time on the wire. */
export const time = (description: string, example: string) =>
  z.iso.datetime().meta({ description: `${description} UTC, to the second.`, example });

/** `YYYY-MM-DDThh:mm:ssZ`. */
export const seconds = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;
