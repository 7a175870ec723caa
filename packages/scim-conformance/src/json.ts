/** A JSON object of a server. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path in a document; undefined where there is none. Names match in any case (RFC 7643 2.1). */
export function at(document: unknown, ...steps: readonly (string | number)[]): unknown {
  return steps.reduce((value, step) => {
    if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined;
    if (!isObject(value)) return undefined;
    const name = Object.keys(value).find((each) => each.toLowerCase() === step.toLowerCase());
    return name === undefined ? undefined : value[name];
  }, document);
}

/** The values of the list at a path; none where it is no list. */
export const listAt = (document: unknown, ...steps: readonly (string | number)[]): readonly unknown[] => {
  const value = at(document, ...steps);
  return Array.isArray(value) ? value : [];
};

/** The string at a path; empty where there is none. */
export const textAt = (document: unknown, ...steps: readonly (string | number)[]): string => {
  const value = at(document, ...steps);
  return typeof value === 'string' ? value : '';
};

/** The values that the elements of a list have under a name, sorted. */
export const valuesOf = (list: readonly unknown[], name = 'value'): string[] =>
  list.map((each) => textAt(each, name)).toSorted();
