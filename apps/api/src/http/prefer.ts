/** What RFC 7240's `return` may ask of a change: to be shown and not done, or to be done without showing it. */
export type ReturnPreference = 'preview' | 'minimal';

/** RFC 7240 2: preferences are parted by commas; a value may be a quoted string, with commas of its own. */
const PREFERENCES = /(?:[^",]|"(?:[^"\\]|\\.)*")+/g;

/** RFC 7240 4.2. */
const RETURN = /^return(?:\s*=\s*(?:"([^"]*)"|([^\s";]*)))?\s*(?:;|$)/i;

const heeded: Readonly<Record<string, ReturnPreference>> = { preview: 'preview', minimal: 'minimal' };

/** Reads `Prefer`. RFC 7240 2: of several with one name "only the first instance is to be considered". */
export function parsePrefer(header: string | string[] | undefined): ReturnPreference | undefined {
  if (header === undefined) return undefined;
  for (const preference of [header].flat().join(',').match(PREFERENCES) ?? []) {
    const found = RETURN.exec(preference.trim());
    if (found) return heeded[(found[1] ?? found[2] ?? '').toLowerCase()];
  }
  return undefined;
}
