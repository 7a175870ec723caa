import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScimError, ScimType } from './error.ts';
import { parseFilter, printFilter, selectorOf, type CompareOperator, type Filter, type Target } from './filter.ts';
import { groupType } from './group.ts';
import { urns } from './urn.ts';
import { userType } from './user.ts';

const mira = {
  id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
  externalId: 'HR-7',
  userName: 'Mira.Olsen@example.com',
  active: true,
  title: 'Surveyor',
  name: { givenName: 'Mira', familyName: 'Olsen' },
  profileUrl: 'https://example.com/Mira',
  emails: [
    { value: 'mira@example.com', type: 'work', primary: true },
    { value: 'mira@example.org', type: 'home', primary: false },
  ],
  meta: { lastModified: '2026-03-01T08:30:00.000Z' },
  [urns.enterprise]: { department: 'Mapping', manager: { value: 'jon' } },
  [urns.lifecycle]: { groupStrings: ['Contractors', 'Field'] },
};

const selects = (filter: string) => selectorOf(parseFilter(filter, userType))(mira);

const refusal = (filter: string): ScimType | undefined => {
  try {
    parseFilter(filter, userType);
    return undefined;
  } catch (error) {
    return (error as ScimError).scimType;
  }
};

describe('the grammar of RFC 7644 3.4.2.2', () => {
  const productions: readonly [production: string, filter: string, selected: boolean][] = [
    ['attrPath pr', 'title pr', true],
    ['pr of an unassigned attribute', 'nickName pr', false],
    ['pr of a complex attribute', 'name pr', true],
    ['eq', 'title eq "surveyor"', true],
    ['ne', 'title ne "Pilot"', true],
    ['ne of an unassigned attribute', 'nickName ne "x"', true],
    ['co', 'userName co "OLSEN"', true],
    ['sw', 'userName sw "mira"', true],
    ['ew', 'userName ew "@example.net"', false],
    ['gt', 'title gt "Surveyo"', true],
    ['ge', 'title ge "surveyor"', true],
    ['lt', 'title lt "Surveyor"', false],
    ['le', 'title le "surveyor"', true],
    ['compValue true', 'active eq true', true],
    ['compValue false', 'active eq false', false],
    ['compValue null', 'nickName eq null', true],
    ['ne null', 'title ne null', true],
    ['subAttr', 'name.familyName eq "olsen"', true],
    ['URI of the core schema', `${urns.user}:userName eq "mira.olsen@example.com"`, true],
    ['URI of an extension', `${urns.enterprise}:department eq "mapping"`, true],
    ['URI and subAttr', `${urns.enterprise}:manager.value eq "jon"`, true],
    ['and', 'title pr and active eq true', true],
    ['or', 'title eq "x" or active eq true', true],
    ['not', 'not (title eq "x")', true],
    ['not without a space', 'not(title eq "x")', true],
    ['grouping', '(title eq "x" or title pr) and active eq true', true],
    ['and binds closer than or', 'title pr or title pr and active eq false', true],
    ['valuePath', 'emails[type eq "work" and value ew ".com"]', true],
    ['valuePath matches one value as a whole', 'emails[type eq "work" and value ew ".org"]', false],
    ['valuePath beside another term', 'emails[type eq "home"] and title pr', true],
    ['valuePath of simple values', `${urns.lifecycle}:groupStrings[value eq "Field"]`, true],
  ];

  test.each(productions)('%s: %s', (_production, filter, selected) => {
    expect(selects(filter)).toBe(selected);
  });

  const tolerated: readonly (readonly [string, boolean])[] = [
    // RFC 7644 3.4.2.2: "Attribute names and attribute operators used in filters are case insensitive."
    ['USERNAME EQ "mira.olsen@example.com"', true],
    ['Title PR AND NOT (Active Eq false)', true],
    // An example of RFC 7644 3.5.2.2 has no space before the quote.
    ['title eq"Surveyor"', true],
    ['emails[primary eq "True"]', true],
    ['  title   eq   "Surveyor"  ', true],
  ];

  test.each(tolerated)('%s', (filter, selected) => {
    expect(selects(filter)).toBe(selected);
  });
});

describe('characteristics decide what a comparison means', () => {
  const comparisons: readonly (readonly [string, boolean])[] = [
    // caseExact
    ['externalId eq "hr-7"', false],
    ['externalId eq "HR-7"', true],
    // RFC 7643 2.3.7: a reference is case exact.
    ['profileUrl eq "https://example.com/mira"', false],
    // A multi-valued attribute matches if any of its values does; a complex one is compared by its value.
    ['emails.type eq "home"', true],
    ['emails co "example.org"', true],
    ['emails.type ne "work"', true],
    // RFC 7643 2.3.5: dates are instants.
    ['meta.lastModified eq "2026-03-01T09:30:00+01:00"', true],
    ['meta.lastModified gt "2026-03-01T08:29:59Z"', true],
    ['meta.lastModified lt "2026-03-01T08:30:00"', false],
  ];

  test.each(comparisons)('%s', (filter, selected) => {
    expect(selects(filter)).toBe(selected);
  });
});

describe('refusals', () => {
  const refused: readonly (readonly [string, ScimType])[] = [
    ['', 'invalidFilter'],
    ['title', 'invalidFilter'],
    ['title eq', 'invalidFilter'],
    ['title eq Surveyor', 'invalidFilter'],
    ['title is "x"', 'invalidFilter'],
    ['title eq "x', 'invalidFilter'],
    ['title eq "\\x"', 'invalidFilter'],
    ['title eq "x" and', 'invalidFilter'],
    ['title eq "x" title pr', 'invalidFilter'],
    ['(title pr', 'invalidFilter'],
    ['title pr)', 'invalidFilter'],
    ['emails[type eq "work"', 'invalidFilter'],
    ['emails[]', 'invalidFilter'],
    ['emails[emails.type eq "work"]', 'invalidFilter'],
    ['title[value eq "x"]', 'invalidFilter'],
    ['not title pr', 'invalidFilter'],
    ['shoeSize eq 42', 'invalidFilter'],
    ['name.shoeSize pr', 'invalidFilter'],
    ['name.givenName.first pr', 'invalidFilter'],
    ['name eq "Mira"', 'invalidFilter'],
    ['constructor pr', 'invalidFilter'],
    ['__proto__.polluted pr', 'invalidFilter'],
    // RFC 7644 3.4.2.2, table 3: boolean and binary attributes have no order.
    ['active gt true', 'invalidFilter'],
    ['x509Certificates.value ge "MII"', 'invalidFilter'],
    ['active co "t"', 'invalidFilter'],
    ['active eq "yes"', 'invalidFilter'],
    ['title eq 7', 'invalidFilter'],
    ['title gt null', 'invalidFilter'],
    ['meta.created gt "yesterday"', 'invalidFilter'],
    ['meta.created gt "2026-02-30T00:00:00Z"', 'invalidFilter'],
    [`title eq "${'x'.repeat(4096)}"`, 'tooMany'],
    [`${'('.repeat(17)}title pr${')'.repeat(17)}`, 'tooMany'],
    [Array.from({ length: 65 }, () => 'title pr').join(' or '), 'tooMany'],
  ];

  test.each(refused)('%s', (filter, scimType) => {
    expect(refusal(filter)).toBe(scimType);
  });

  test('limits are inclusive', () => {
    expect(refusal(`${'('.repeat(16)}title pr${')'.repeat(16)}`)).toBeUndefined();
    expect(refusal(Array.from({ length: 64 }, () => 'title pr').join(' or '))).toBeUndefined();
  });

  test('a long run of brackets is refused and not followed', () => {
    expect(refusal('('.repeat(4096))).toBe('tooMany');
  });

  test('a refusal names the place', () => {
    expect(() => parseFilter('title eq "a" and shoeSize eq "b"', userType)).toThrow(/"shoeSize".* at character 18 /);
  });
});

const comparison = (from: readonly Target[]) =>
  fc.record({
    kind: fc.constant('compare' as const),
    target: fc.constantFrom(...from),
    operator: fc.constantFrom<CompareOperator>('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'),
    operand: fc.oneof(fc.string({ maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 8 })),
  });

describe('print and parse', () => {
  const targets: Target[] = [];
  for (const { urn, attributes } of userType.schemas.values()) {
    for (const attribute of attributes.values()) {
      const target: Target = urn === urns.user ? { attribute } : { urn, attribute };
      targets.push(target);
      for (const sub of attribute.subAttributes.values()) targets.push(Object.assign({ sub }, target));
    }
  }

  const strings = targets.filter(({ attribute, sub }) => (sub ?? attribute).type === 'string');
  const lists = targets.filter(({ attribute, sub }) => !sub && attribute.multiValued && attribute.type === 'complex');

  const present = fc.constantFrom(...targets).map((target): Filter => ({ kind: 'present', target }));
  const values = fc.constantFrom(...lists).chain((target) => {
    const subs = [...target.attribute.subAttributes.values()].filter(({ type }) => type === 'string');
    return comparison(subs.map((attribute) => ({ attribute }))).map((filter): Filter => ({
      kind: 'values',
      target,
      filter,
    }));
  });
  const { filter } = fc.letrec<{ filter: Filter; junction: Filter; negation: Filter }>((tie) => ({
    filter: fc.oneof({ maxDepth: 3 }, present, comparison(strings), values, tie('junction'), tie('negation')),
    junction: fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      terms: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
    }),
    negation: tie('filter').map((term): Filter => ({ kind: 'not', term })),
  }));

  test('a filter that is printed reads as the same filter', () => {
    fc.assert(
      fc.property(filter, (given) => {
        expect(parseFilter(printFilter(given), userType)).toEqual(given);
      }),
    );
  });

  test('any text is a filter or a refusal', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'title eq"()[] and not\\.x:'.split('')), maxLength: 40 }),
        (text) => {
          expect([undefined, 'invalidFilter', 'tooMany']).toContain(refusal(text));
        },
      ),
    );
  });
});

test('members of a group can be filtered', () => {
  const group = { members: [{ value: 'u1', type: 'User' }] };
  expect(selectorOf(parseFilter('members[value eq "u1"]', groupType))(group)).toBe(true);
  expect(selectorOf(parseFilter('members.value eq "U1"', groupType))(group)).toBe(false);
});

describe('a value that does not say `primary` (RFC 7643 2.4: "SHALL be assumed to be "false"")', () => {
  const selects = (filter: string, ...emails: object[]) =>
    selectorOf(parseFilter(filter, userType))({ userName: 'bob', emails });

  test.each([
    'emails.primary eq false',
    'emails[primary eq false]',
    'emails.primary ne true',
    'emails[primary ne true]',
  ])('%s selects it', (filter) => {
    expect(selects(filter, { value: 'a@example.com' })).toBe(true);
    expect(selects(filter, { value: 'a@example.com', primary: true }, { value: 'b@example.com' })).toBe(true);
    expect(selects(filter, { value: 'a@example.com', primary: true })).toBe(false);
  });

  test('is no primary one, and says nothing of itself', () => {
    expect(selects('emails.primary eq true', { value: 'a@example.com' })).toBe(false);
    expect(selects('emails.primary pr', { value: 'a@example.com' })).toBe(false);
  });

  test('has to be there', () => {
    expect(selects('emails.primary eq false')).toBe(false);
  });
});
