import { DirectoryError } from '@stele/schemas/canonical';

/** Whoever waits no longer is told so, and may try again. */
export const late = () => new DirectoryError('unavailable', 'The answer took too long', { retryAfter: 1 });

/** Whether a deadline, on the clock of `performance.now`, is over: what is not begun by then is not done. */
export const isLate = (deadline: number): boolean => performance.now() >= deadline;
