/** What a server answered: anything that JSON can say. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands at a place in a document, found by names without case (RFC 7643 2.1); undefined where there is nothing. */
export function at(document: unknown, ...steps: readonly (string | number)[]): unknown {
  return steps.reduce((value, step) => {
    if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined;
    if (!isObject(value)) return undefined;
    const name = Object.keys(value).find((each) => each.toLowerCase() === step.toLowerCase());
    return name === undefined ? undefined : value[name];
  }, document);
}

/** The values of a list; none where there is no list. */
export const listAt = (document: unknown, ...steps: readonly (string | number)[]): readonly unknown[] => {
  const value = at(document, ...steps);
  return Array.isArray(value) ? value : [];
};

/** The text at a place; empty where there is none. */
export const textAt = (document: unknown, ...steps: readonly (string | number)[]): string => {
  const value = at(document, ...steps);
  return typeof value === 'string' ? value : '';
};

/** The values that the elements of a list have under a name, sorted. */
export const valuesOf = (list: readonly unknown[], name = 'value'): string[] =>
  list.map((each) => textAt(each, name)).toSorted();
