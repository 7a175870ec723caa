import { z } from 'zod';
import { isEncodable, LAST_INSTANT } from '../canonical/instant.ts';

/** A time on the wire. */
export const time = (description: string, example: string) =>
  z.iso.datetime().meta({ description: `${description} UTC, to the second.`, example });

/** `YYYY-MM-DDThh:mm:ssZ`. A later time than can be encoded, which was accepted once, is shown as the last one. */
export const seconds = (time: Date): string =>
  `${(isEncodable(time.getTime()) ? time : LAST_INSTANT).toISOString().slice(0, 19)}Z`;
