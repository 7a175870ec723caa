/** PostgreSQL and ISO 8601 disagree on what is before this. */
export const FIRST_INSTANT = new Date('0001-01-01T00:00:00.000Z');

/** RFC 3339 has years of four digits: a later time cannot be encoded. */
export const LAST_INSTANT = new Date('9999-12-31T23:59:59.999Z');

/** Whether a time, in milliseconds since 1970, can be encoded in every dialect. */
export const isEncodable = (time: number): boolean => time >= FIRST_INSTANT.getTime() && time <= LAST_INSTANT.getTime();
