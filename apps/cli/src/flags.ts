import { UsageError } from './errors.ts';

/** Reads a flag that is a whole number. */
export const wholeNumber =
  (flag: string, least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
    throw new UsageError(`${flag} must be a whole number, ${range}`);
  };

/** Adds a `field=value` to those that were given before. */
export function filterBy(text: string, given: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, field, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (field === undefined || value === undefined) {
    throw new UsageError(`${JSON.stringify(text)} is not a filter; write field=value`);
  }
  if (Object.hasOwn(given, field)) throw new UsageError(`--filter has two values for ${field}; users have one`);
  return { ...given, [field]: value };
}

/** Parses `--if-match`: `3` means `"3"`, because a shell removes quotes. */
export function onlyIf(etag: string | undefined): { ifMatch?: string } {
  if (etag === undefined) return {};
  return { ifMatch: /^(?:W\/)?"|^\*$/.test(etag) ? etag : `"${etag}"` };
}
