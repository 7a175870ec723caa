/** Resources of one page: unless the client says, and at most. */
export const USUAL_COUNT = 100;
export const MAX_COUNT = 1000;

/** Operations of one bulk request at most. */
export const MAX_BULK_OPERATIONS = 1000;

/** Characters of a filter or path at most. */
export const MAX_FILTER = 4096;
