interface Part {
  readonly _metadata?: { readonly offset: number; readonly total: number };
}

/**
 * The query of the part after one of so many entries. A part may be shorter than `limit`: without metadata, the last is known
 * by being empty.
 */
export function nextPart<Query extends { offset?: number }>(
  { _metadata: metadata }: Part,
  entries: number,
  query: Query,
): Query | undefined {
  const offset = (query.offset ?? 0) + entries;
  return entries === 0 || (metadata && offset >= metadata.total) ? undefined : { ...query, offset };
}
