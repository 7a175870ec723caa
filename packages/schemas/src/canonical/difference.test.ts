import { describe, expect, it } from 'vitest';
import { userAttributePaths, userAttributes } from './attribute.ts';
import { difference, sameValue } from './difference.ts';
import { emptyDraft } from './draft.ts';
import type { User } from './user.ts';

const alice: User = {
  ...emptyDraft('alice'),
  id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

describe('difference', () => {
  it('of a user and itself is nothing', () => {
    expect(difference(alice, structuredClone(alice))).toEqual({});
  });

  it('holds what is new, and null for what is gone', () => {
    const titled: User = { ...alice, title: 'Engineer', name: { givenName: 'Alice' } };
    expect(difference(alice, titled)).toEqual({ title: 'Engineer', 'name.givenName': 'Alice' });
    expect(difference(titled, alice)).toEqual({ title: null, 'name.givenName': null });
  });

  it('does not see what a write cannot change', () => {
    expect(difference(alice, { ...alice, version: 9, updatedAt: new Date() })).toEqual({});
  });

  it('holds a password that is set, whatever the old one was', () => {
    expect(difference(alice, { ...alice, password: 'correct horse' })).toEqual({ password: 'correct horse' });
  });

  it.each(userAttributes.map((attribute, index) => [attribute, userAttributePaths[index]!] as const))(
    'sees %s',
    (attribute, path) => {
      const changed = structuredClone(alice);
      let group = changed as unknown as Record<string, unknown>;
      for (const key of path.slice(0, -1)) group = group[key] as Record<string, unknown>;
      group[path.at(-1)!] = 'something new';
      expect(difference(alice, changed)).toEqual({ [attribute]: 'something new' });
    },
  );
});

describe('sameValue', () => {
  it.each([
    [1, 1, true],
    ['a', 'b', false],
    [undefined, null, false],
    [[], {}, false],
    [[1, 2], [2, 1], false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: undefined }, { b: undefined }, false],
    [{ a: 1 }, { a: 1, b: 1 }, false],
    [new Date(5), new Date(5), true],
    [new Date(5), new Date(6), false],
    [new Date(5), {}, false],
    [[{ value: 'x' }], [{ value: 'x' }], true],
  ])('of %j and %j is %j', (left, right, same) => {
    expect(sameValue(left, right)).toBe(same);
    expect(sameValue(right, left)).toBe(same);
  });
});
