/** What `return` (RFC 7240 4.2) may ask of a change: a preview in its place, or a response with or without the resource. */
export type ReturnPreference = 'preview' | 'minimal' | 'representation';

/** RFC 7240 2: preferences are parted by commas; a value may be a quoted string, with commas of its own. */
const PREFERENCES = /(?:[^",]|"(?:[^"\\]|\\.)*")+/g;

/** RFC 7240 4.2. */
const RETURN = /^return(?:\s*=\s*(?:"([^"]*)"|([^\s";]*)))?\s*(?:;|$)/i;

const known: Readonly<Record<string, ReturnPreference>> = {
  preview: 'preview',
  minimal: 'minimal',
  representation: 'representation',
};

/** Reads `Prefer`. RFC 7240 2: of several with one name "only the first instance is to be considered". */
export function parsePrefer(header: string | string[] | undefined): ReturnPreference | undefined {
  if (header === undefined) return undefined;
  for (const preference of [header].flat().join(',').match(PREFERENCES) ?? []) {
    const found = RETURN.exec(preference.trim());
    if (found) return known[(found[1] ?? found[2] ?? '').toLowerCase()];
  }
  return undefined;
}
