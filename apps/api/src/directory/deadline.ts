import { DirectoryError } from '@stele/schemas/canonical';

/** The error of a request that has reached its deadline. It can be sent again. */
export const timedOut = () => new DirectoryError('unavailable', 'The request took too long', { retryAfter: 1 });

/** Whether a deadline, in milliseconds of `performance.now()`, is over. Work that has not begun by then is not done. */
export const isLate = (deadline: number): boolean => performance.now() >= deadline;
