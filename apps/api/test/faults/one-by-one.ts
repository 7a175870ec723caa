/** The suites of a file go side by side, since they mostly wait, but not the tests of one. */
export const oneByOne = { concurrent: false } as const;
