/** Items that were accepted together, and are worked off one after the other. */
export interface Job {
  readonly id: string;
  /** What is done to each item, in the words of the dialect that took them. */
  readonly kind: string;
  /** The number of items, and of those that were processed. */
  readonly total: number;
  readonly done: number;
}

/** A job and the results of the items that were processed, in their order, in the format of the dialect. */
export interface JobReport extends Job {
  readonly results: readonly unknown[];
}
