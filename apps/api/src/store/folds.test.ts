import { emptyDraft, foldKey, type User } from '@stele/schemas/canonical';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldsOf } from './folds.ts';

const mira: User = {
  ...emptyDraft('mira'),
  id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

/** `lower(... COLLATE "C")` of PostgreSQL. */
const lowerInC = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('a', 'A', 'É', 'ß', 'İ', 'ﬁ') }),
);

describe('what is folded beside the columns', () => {
  test('is whatever SQL would not fold like JavaScript, and nothing else', () => {
    fc.assert(
      fc.property(text, (title) => {
        const folds = foldsOf({ ...mira, title });
        expect(lowerInC((folds?.['title'] as string | undefined) ?? title)).toBe(foldKey(title));
        expect(folds === null).toBe(lowerInC(title) === foldKey(title));
      }),
    );
  });

  test('is a list as a whole, its other parts as they are', () => {
    const emails = [
      { value: 'Mira@Example.com', primary: true },
      { value: 'ØL@example.com', type: 'Work' },
    ];
    expect(foldsOf({ ...mira, emails })).toEqual({
      emails: [
        { value: 'mira@example.com', primary: true },
        { value: 'øl@example.com', type: 'work' },
      ],
    });
    const groupStrings = ['Field', 'ÉQUIPE'];
    expect(foldsOf({ ...mira, lifecycle: { groupStrings } })).toEqual({ lifecycle_group_strings: ['field', 'équipe'] });
  });

  test('is by column, where the model is nested', () => {
    expect(foldsOf({ ...mira, name: { givenName: 'Éva', familyName: 'Olsen' } })).toEqual({ name_given_name: 'éva' });
  });

  test('is nothing of those who write as SQL does, and never the user name, which has its key', () => {
    expect(
      foldsOf({ ...mira, title: 'Surveyor', nickName: 'førde ✿', addresses: [{ locality: 'Bergen' }] }),
    ).toBeNull();
    expect(foldsOf({ ...mira, userName: 'ÉVA' })).toBeNull();
  });
});
