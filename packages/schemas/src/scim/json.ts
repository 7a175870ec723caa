/** An object of JSON whose members are not yet known. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
