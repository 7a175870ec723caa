/**
 * The form in which identifiers are compared: NFKC, then lower case. It is computed here and stored, because SQL's
 * `lower()` disagrees with JavaScript's.
 */
export function foldKey(value: string): string {
  return value.normalize('NFKC').toLowerCase();
}
