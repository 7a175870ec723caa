/** Items that were accepted together, and are worked off one after the other. */
export interface Job {
  readonly id: string;
  /** What is done to each item, in the words of the dialect that took them. */
  readonly kind: string;
  /** How many items there are, and how many of them were dealt with. */
  readonly total: number;
  readonly done: number;
}

/** A job and what became of the items that were dealt with, in their order and in the words of the dialect. */
export interface JobReport extends Job {
  readonly results: readonly unknown[];
}
