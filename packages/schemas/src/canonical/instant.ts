/** RFC 3339 has years of four digits: a later time cannot be encoded. */
export const LAST_INSTANT = new Date('9999-12-31T23:59:59.999Z');

/** Whether a time, in milliseconds since 1970, can be encoded in every dialect. */
export const isEncodable = (time: number): boolean => time <= LAST_INSTANT.getTime();
