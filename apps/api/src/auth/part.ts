/** Which part of a list. */
export interface Part {
  readonly offset: number;
  readonly limit: number;
}

/** A part of a list, and how long the whole list is. */
export interface Whole<Entry> {
  readonly entries: readonly Entry[];
  readonly total: number;
}
