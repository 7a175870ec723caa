import {
  type Comparator,
  type Condition,
  type GroupField,
  type MemberField,
  userAttributes,
  type UserField,
} from '@stele/schemas/canonical';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from './condition.ts';
import { columnOf } from './user-columns.ts';

type Rows = Parameters<typeof compile>[1];

function compiled(condition: Condition, rows: Rows = 'u') {
  const values: unknown[] = [];
  const text = compile(condition, rows, { add: (value) => `$${values.push(value)}` }, 'tenant');
  return { text, values };
}

const isList = (field: string): boolean => columnOf.get(field)?.type === 'jsonb';
const isTime = (field: string): boolean => columnOf.get(field)?.type === 'timestamptz';

const texts: readonly UserField[] = [
  ...userAttributes.filter((each) => !isList(each) && !isTime(each)),
  'id',
  'version',
];
const times: readonly UserField[] = [...userAttributes.filter(isTime), 'createdAt', 'updatedAt'];
const lists: readonly UserField[] = [...userAttributes.filter(isList), 'groups'];

const comparators: readonly Comparator[] = ['=', '>', '>=', '<', '<=', 'contains', 'startsWith', 'endsWith'];

/** No text of SQL holds this, whatever case it is in. */
const MARK = '§';
const operand = fc
  .string({ unit: fc.constantFrom(`'`, '"', '\\', '$1', '%', ';', '--', 'a') })
  .map((each) => MARK + each);

const textComparison = fc.record({
  kind: fc.constant('compare' as const),
  field: fc.constantFrom(...texts),
  operator: fc.constantFrom(...comparators),
  operand,
  before: operand,
  after: operand,
});

const inList = fc.record({
  kind: fc.constant('some' as const),
  field: fc.constantFrom(...lists.filter((each) => each !== 'groups')),
  condition: fc.record({
    kind: fc.constant('compare' as const),
    // Parts are names of the model. That they are none of SQL's is no reason to trust them.
    field: operand,
    operator: fc.constantFrom(...comparators),
    operand,
    folded: fc.boolean(),
  }),
});

const { condition } = fc.letrec<{ condition: Condition<UserField> }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    textComparison,
    inList,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      terms: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }),
    }),
    tie('condition').map((term) => ({ kind: 'not' as const, term })),
  ),
}));

describe('a condition in SQL', () => {
  test('holds nothing in its text that somebody wrote', () => {
    fc.assert(
      fc.property(condition, (given) => {
        const { text, values } = compiled(given);
        expect(text).not.toContain(MARK);
        expect(text).not.toContain('--');
        for (const [, number] of text.matchAll(/\$(\d+)/g))
          expect(values.length).toBeGreaterThanOrEqual(Number(number));
      }),
    );
  });

  test.each(texts)('compares %s in every way', (field) => {
    for (const operator of comparators)
      expect(compiled({ kind: 'compare', field, operator, operand: 'x' }).text).not.toBe('');
    expect(compiled({ kind: 'assigned', field }).text).toMatch(/^u\.\w+ IS NOT NULL$/);
  });

  test.each(times)('compares %s with an instant, whatever its year', (field) => {
    const operandOf = (date: string) =>
      compiled({ kind: 'compare', field, operator: '=', operand: new Date(date) }).values;
    expect(operandOf('2026-03-01T09:30:00+01:00')).toEqual(['2026-03-01T08:30:00.000Z']);
    expect(operandOf('0001-01-01T00:00:00Z')).toEqual(['0001-01-01T00:00:00.000Z']);
    // No year of PostgreSQL's is spelled 0000 or +010000.
    expect(operandOf('0001-01-01T00:00:00+01:00')).toEqual(['-infinity']);
    expect(operandOf('9999-12-31T23:59:59.999-01:00')).toEqual(['infinity']);
  });

  test.each(lists)('looks into %s', (field) => {
    expect(compiled({ kind: 'assigned', field }).text).toMatch(/^(?:EXISTS|u\.id IN) \(/);
  });

  test('has no identifier that is not spelled like one', () => {
    const equals = (operand: string) => compiled({ kind: 'compare', field: 'id', operator: '=', operand }).text;
    expect(equals('01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55')).toBe('u.id = $1::uuid');
    // RFC 7643 3.1: `id` is case exact.
    for (const other of ['01979F2E-3B7C-7D10-9F6A-6F3F2A9D1C55', '{01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55}', '', '7']) {
      expect(equals(other)).toBe('false');
    }
  });

  test('is compared without what stands around it', () => {
    const equals = (operand: string) =>
      compiled({ kind: 'compare', field: 'version', operator: '=', operand, before: '<<', after: '>' });
    expect(equals('<<3>')).toEqual({ text: 'u.version::text = $1::text', values: ['3'] });
    expect(equals('<<>').values).toEqual(['']);
    for (const other of ['3', '<<3', '3>', '--3>', '<<3-', '<>', '<<']) expect(equals(other).text).toBe('false');
  });

  test('does not know what it cannot compare', () => {
    const unknown: readonly (readonly [UserField | GroupField | MemberField, Rows, boolean?])[] = [
      ['members', 'u'],
      ['title', 'g'],
      ['display', 'g'],
      ['title', 'm'],
      // Nothing is kept that could be compared.
      ['externalIds', 'g', true],
    ];
    for (const [field, rows, folded = false] of unknown) {
      expect(() => compiled({ kind: 'compare', field, operator: '=', operand: 'x', folded }, rows)).toThrow(field);
    }
  });
});

describe('ways by index', () => {
  const later: Condition = { kind: 'compare', field: 'updatedAt', operator: '>', operand: new Date(0) };
  const other: Condition = { kind: 'assigned', field: 'title' };

  test('history tells who was changed since, where nobody else is looked for', () => {
    const needed: Condition[] = [later, { ...later, operator: '>=' }, { kind: 'and', terms: [other, later] }];
    for (const each of needed) expect(compiled(each).text).toContain('user_history');
    const idle: Condition[] = [
      { ...later, operator: '<' },
      { kind: 'or', terms: [other, later] },
      { kind: 'not', term: later },
      { kind: 'and', terms: [other, { kind: 'or', terms: [later, other] }] },
    ];
    for (const each of idle) expect(compiled(each).text).not.toContain('user_history');
  });

  test('keys tell whose addresses and identifiers are looked at', () => {
    const address: Condition<string> = { kind: 'compare', field: 'value', operator: '=', operand: 'É@x', folded: true };
    const work: Condition<string> = { kind: 'compare', field: 'type', operator: '=', operand: 'work', folded: true };
    const some = (inner: Condition<string>) => compiled({ kind: 'some', field: 'emails', condition: inner });

    expect(some(address)).toEqual({
      text: expect.stringMatching(/^u\.id = ANY \(ARRAY \(.* email_keys\(.*\) @> ARRAY\[\$1::text\]\)\)$/),
      values: ['é@x', 'tenant'],
    });
    expect(some({ kind: 'and', terms: [work, address] }).text).toMatch(
      /^u\.id = ANY \(.* email_keys\(.*\) @> ARRAY\[\$1::text\]\)\) AND EXISTS/,
    );
    const own: Condition<string> = { kind: 'compare', field: 'domain', operator: '=', operand: 'okta' };
    const value: Condition<string> = { kind: 'compare', field: 'value', operator: '=', operand: '7' };
    for (const rows of ['u', 'g'] as const) {
      const found = (inner: Condition<string>) =>
        compiled({ kind: 'some', field: 'externalIds', condition: inner }, rows);
      expect(found({ kind: 'and', terms: [own, value] })).toEqual({
        text: expect.stringMatching(/^.\.id = ANY \(ARRAY \(.* external_id_keys\(.*\) @> ARRAY\[\$1::text\]\)\)$/),
        values: ['tenant okta 7', 'tenant'],
      });
      expect(found({ kind: 'and', terms: [own, value, { ...value, operator: 'contains' }] }).text).toMatch(
        /external_id_keys.* AND EXISTS/,
      );
      for (const inner of [own, value, { kind: 'and', terms: [own, { ...value, operator: '>' }] }] as const) {
        expect(found(inner).text).not.toContain('external_id_keys');
      }
    }

    for (const inner of [
      work,
      { ...address, folded: false },
      { kind: 'or', terms: [work, address] },
      { kind: 'not', term: address },
    ] as const) {
      expect(some(inner).text).not.toContain('email_keys');
    }
  });
});
