import { DirectoryError } from '@stele/schemas/canonical';
import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { Cursors } from './cursor.ts';

const secret = Buffer.alloc(32, 7);
const cursors = new Cursors(secret);
const list = 'tenant [["role","admin"]]';
const position = { createdAt: new Date('2026-04-05T06:07:08.901Z'), id: uuidv7() };

/** The code and the path of the error when a cursor is opened for a list; undefined if it opens. */
function openError(cursor: string, of = cursors, listed = list): unknown {
  try {
    of.open(cursor, listed);
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return [error.code, error.details.issues?.map(({ path }) => path)];
  }
  return undefined;
}

const invalidCursor = ['invalid_parameter', [['cursor']]];

describe('a cursor', () => {
  test('opens to the position that it was made of', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), fc.uuid(), fc.string(), (createdAt, id, listed) => {
        const opened = cursors.open(cursors.seal({ createdAt, id }, listed), listed);
        expect(opened).toEqual({ createdAt, id });
      }),
    );
  });

  test('is good on every server that shares the secret', () => {
    expect(new Cursors(Buffer.from(secret)).open(cursors.seal(position, list), list)).toEqual(position);
  });

  test('can stand in a URL as it is', () => {
    expect(cursors.seal(position, list)).toMatch(/^[\w-]+$/);
  });

  test('is good for its own list alone', () => {
    const cursor = cursors.seal(position, list);
    for (const other of ['', 'tenant []', 'tenant [["role","user"]]', `${list} `, 'other [["role","admin"]]']) {
      expect(openError(cursor, cursors, other), other).toEqual(invalidCursor);
    }
  });

  test('is of no use to another secret', () => {
    expect(openError(cursors.seal(position, list), new Cursors(Buffer.alloc(32, 8)))).toEqual(invalidCursor);
  });

  test('with any bit changed is rejected', () => {
    const bytes = Buffer.from(cursors.seal(position, list), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(openError(changed.toString('base64url'))).toEqual(invalidCursor);
    }
  });

  test('that is cut or grown is rejected', () => {
    const bytes = Buffer.from(cursors.seal(position, list), 'base64url');
    for (let length = 0; length < bytes.length; length++) {
      expect(openError(bytes.subarray(0, length).toString('base64url'))).toEqual(invalidCursor);
      expect(openError(bytes.subarray(bytes.length - length).toString('base64url'))).toEqual(invalidCursor);
    }
    expect(openError(Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64url'))).toEqual(invalidCursor);
  });

  test('has one spelling', () => {
    const cursor = cursors.seal(position, list);
    const bytes = Buffer.from(cursor, 'base64url');
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = digits.indexOf(cursor.at(-1)!);
    const spellings = [
      `${cursor}=`,
      `${cursor}==`,
      ` ${cursor}`,
      `${cursor}\n`,
      `${cursor.slice(0, 9)}.${cursor.slice(9)}`,
      // The last digit holds bits that mean nothing.
      cursor.slice(0, -1) + digits[last ^ 1],
      // A cursor with a digit that the other base64 spells otherwise.
      ...(/[-_]/.test(cursor) ? [bytes.toString('base64')] : []),
    ];
    for (const spelling of spellings) {
      expect(Buffer.from(spelling, 'base64url')).toEqual(bytes);
      expect(openError(spelling), spelling).toEqual(invalidCursor);
    }
  });

  test.each(['', 'x', 'null', '😀', '__proto__', 'A'.repeat(54), 'A'.repeat(10_000)])('is not %j', (cursor) => {
    expect(openError(cursor)).toEqual(invalidCursor);
  });
});
