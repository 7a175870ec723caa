import { describe, expect, it } from 'vitest';
import { Limit, LimitOverrides } from './limit.ts';

describe('Limit', () => {
  it.each([
    ['600/60', { points: 600, seconds: 60 }],
    ['1/1', { points: 1, seconds: 1 }],
    ['999999999/99999', { points: 999_999_999, seconds: 99_999 }],
    ['off', 'off'],
  ])('reads %s', (text, limit) => {
    expect(Limit.parse(text)).toEqual(limit);
  });

  // Timers of Node hold 2^31 - 1 milliseconds at most; longer windows would end at once.
  it.each([
    '',
    '0/60',
    '60/0',
    '60',
    '60/',
    '/60',
    '1.5/60',
    '-1/60',
    '60/1e3',
    ' 60/60',
    'OFF',
    '060/60',
    '1/100000',
    '1/2/3',
  ])('refuses %j and says what it wants', (text) => {
    expect(Limit.safeParse(text).error?.issues).toMatchObject([
      { message: 'must be points/seconds, such as 600/60, or off' },
    ]);
  });
});

describe('LimitOverrides', () => {
  it('has none unless they are said', () => {
    expect(LimitOverrides.parse({})).toEqual({ tenants: {}, credentials: {} });
  });

  it('reads limits by their id', () => {
    expect(LimitOverrides.parse({ tenants: { t: '5/1' }, credentials: { c: 'off' } })).toEqual({
      tenants: { t: { points: 5, seconds: 1 } },
      credentials: { c: 'off' },
    });
  });

  it.each([{ tenant: {} }, { tenants: { t: '5' } }, { credentials: { c: 5 } }, []])('refuses %j', (value) => {
    expect(LimitOverrides.safeParse(value).success).toBe(false);
  });
});
