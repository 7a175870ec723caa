/**
 * The form in which identifiers are compared: NFKC, then lower case, then NFKC again, which only `İ` needs; and one
 * sigma for both, because lower case picks one by what is beside it. It is computed here and stored, because SQL's `lower()` disagrees with JavaScript's.
 */
export function foldKey(value: string): string {
  return value.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll('ς', 'σ');
}
