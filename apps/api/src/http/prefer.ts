/** What RFC 7240's `return` may ask of a change: to be shown and not done, or to be done without showing it. */
export type ReturnPreference = 'preview' | 'minimal';

const RETURN = /^return\s*=\s*"?(preview|minimal)"?\s*(?:;|$)/i;

/** Reads `Prefer`. What is not known here is passed over, as RFC 7240 2 asks; the first `return` counts. */
export function parsePrefer(header: string | string[] | undefined): ReturnPreference | undefined {
  if (header === undefined) return undefined;
  for (const preference of [header].flat().join(',').split(',')) {
    const [, value] = RETURN.exec(preference.trim()) ?? [];
    if (value !== undefined) return value.toLowerCase() as ReturnPreference;
  }
  return undefined;
}
