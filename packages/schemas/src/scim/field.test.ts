import { describe, expect, test } from 'vitest';
import { dateTimeOf, instantOf } from './field.ts';

describe('dateTimeOf', () => {
  test.each([
    ['2015-10-10', '2015-10-10T00:00:00Z'],
    ['2015-10-10Z', '2015-10-10T00:00:00Z'],
    ['2015-10-10+02:00', '2015-10-10T00:00:00+02:00'],
    ['2015-10-10-0700', '2015-10-10T00:00:00-07:00'],
    ['2015-10-10T14:38:21+0000', '2015-10-10T14:38:21+00:00'],
    ['2015-10-10T14:38:21.8617979-0730', '2015-10-10T14:38:21.8617979-07:30'],
    ['2015-10-10T14:38:21+02', '2015-10-10T14:38:21+02:00'],
    ['2015-10-10T14:38:21 0200', '2015-10-10T14:38:21+02:00'],
    ['2015-10-10T14:38:21 02:00', '2015-10-10T14:38:21+02:00'],
  ])('reads %s as %s', (text, dateTime) => {
    expect(dateTimeOf(text)).toBe(dateTime);
    expect(instantOf(dateTime)).not.toBeNaN();
  });

  test.each(['2015-10-10T14:38:21Z', '2015-10-10T14:38:21', '2015-10-10T14:38:21.5-07:00'])(
    'leaves %s as it is',
    (text) => {
      expect(dateTimeOf(text)).toBe(text);
    },
  );

  test.each([
    '',
    'yesterday',
    '2015',
    '2015-10',
    '10/10/2015',
    '2015-02-30',
    '2015-10-10 14:38:21',
    '2015-10-10T25:00:00+0000',
  ])('makes no date of %j', (text) => {
    expect(instantOf(dateTimeOf(text))).toBeNaN();
  });
});

describe('instantOf (RFC 7643 2.3.5)', () => {
  test.each([
    ['2026-03-02T11:45:10+02:00', '2026-03-02T09:45:10Z'],
    ['2026-03-02T09:45:10', '2026-03-02T09:45:10Z'],
    ['2026-02-20T23:59:59.123456789Z', '2026-02-20T23:59:59.123Z'],
  ])('takes %s for %s', (text, same) => {
    expect(instantOf(text)).toBe(Date.parse(same));
  });

  test.each(['2026-02-30T00:00:00Z', '2026-06-30T23:59:60Z', '2026-03-02', '2026-03-02T09:45:10+0000'])(
    'does not take %s',
    (text) => {
      expect(instantOf(text)).toBeNaN();
    },
  );
});
