import { DirectoryError, type ErrorCode, errorStatus } from '@stele/schemas/canonical';
import { describe, expect, it } from 'vitest';
import { levelOf } from './error-response.ts';

describe('levelOf', () => {
  const codes = Object.keys(errorStatus) as ErrorCode[];

  it.each(codes.filter((code) => code !== 'internal_error' && code !== 'unavailable'))(
    'logs nothing of %s, which is rejected on purpose',
    (code) => {
      expect(levelOf(new DirectoryError(code, 'rejected'))).toBeUndefined();
      expect(levelOf(new DirectoryError(code, 'rejected', { cause: new Error('why') }))).toBeUndefined();
    },
  );

  it('logs an internal error as an error', () => {
    expect(levelOf(new DirectoryError('internal_error', 'Something went wrong here'))).toBe('error');
  });

  it('logs what a failure made unavailable as an error, and a limit that was reached as a warning', () => {
    expect(levelOf(new DirectoryError('unavailable', 'no database', { cause: new Error('ECONNREFUSED') }))).toBe(
      'error',
    );
    expect(levelOf(new DirectoryError('unavailable', 'too busy', { retryAfter: 1 }))).toBe('warn');
  });
});
