export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value if it is a text that says something. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Reasons by field, whether the dialect gives one or a list. */
export function reasons(value: unknown): Record<string, string[]> | undefined {
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([field, why]) => [field, [why].flat().map(String)]))
    : undefined;
}

export function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
