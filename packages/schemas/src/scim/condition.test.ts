import { describe, expect, test } from 'vitest';
import { userAttributes } from '../canonical/attribute.ts';
import type { Condition } from '../canonical/condition.ts';
import { UserProfile } from '../canonical/user.ts';
import type { ScimAttribute, ScimResourceType } from './attribute.ts';
import { conditionOf, memberCondition } from './condition.ts';
import { comparedAttribute, type CompareOperator, parseFilter, printTarget, type Target } from './filter.ts';
import { groupType } from './group.ts';
import { parsePath } from './path.ts';
import { urns } from './urn.ts';
import { userType } from './user.ts';
import { profiles } from './profile.ts';

const context = { base: 'https://stele.example.com/scim/v2', domain: 'okta' };
const translated = (written: string, type: ScimResourceType = userType) =>
  conditionOf(parseFilter(written, type), type, context);

const equality: readonly CompareOperator[] = ['eq', 'ne'];
const order: readonly CompareOperator[] = ['gt', 'ge', 'lt', 'le'];
const substring: readonly CompareOperator[] = ['co', 'sw', 'ew'];

// RFC 7644 3.4.2.2, table 3: what each type can be compared by, and with.
const comparisons = new Map<string, readonly [operand: string, operators: readonly CompareOperator[]]>([
  ['string', ['"x"', [...equality, ...substring, ...order]]],
  ['reference', ['"x"', [...equality, ...substring, ...order]]],
  ['binary', ['"eA=="', [...equality, ...substring]]],
  ['boolean', ['true', equality]],
  ['dateTime', ['"2026-03-01T08:30:00Z"', [...equality, ...order]]],
]);

const filtersOn = (name: string, leaf: ScimAttribute | undefined): string[] => {
  if (!leaf) return [`${name} pr`];
  const [operand, operators] = comparisons.get(leaf.type)!;
  return [
    `${name} pr`,
    `${name} eq null`,
    `${name} ne null`,
    ...operators.map((operator) => `${name} ${operator} ${operand}`),
  ];
};

/** Every filter of one term, on attributes, their parts, and in brackets. */
function everyFilter(type: ScimResourceType): string[] {
  return [...type.schemas.values()].flatMap(({ urn, attributes }) =>
    [...attributes.values()].flatMap((attribute) => {
      const target: Target = urn === type.schema.urn ? { attribute } : { urn, attribute };
      const parts = [...attribute.subAttributes.values()];
      const named = [target, ...parts.map((sub): Target => ({ ...target, sub }))];
      const inside = (parts.length > 0 ? parts : [{ ...attribute, name: 'value' }]).flatMap((part) =>
        filtersOn(part.name, part),
      );
      return [
        ...named.flatMap((each) => filtersOn(printTarget(each), comparedAttribute(each))),
        ...(attribute.multiValued ? inside.map((filter) => `${printTarget(target)}[${filter}]`) : []),
      ];
    }),
  );
}

interface Named {
  readonly field: string;
  /** Of the list in whose values the field is. */
  readonly list: string | undefined;
}

function fieldsOf(condition: Condition<string>, list?: string): Named[] {
  switch (condition.kind) {
    case 'constant':
      return [];
    case 'and':
    case 'or':
      return condition.terms.flatMap((term) => fieldsOf(term, list));
    case 'not':
      return fieldsOf(condition.term, list);
    case 'some':
      return [{ field: condition.field, list }, ...fieldsOf(condition.condition, condition.field)];
    default:
      return [{ field: condition.field, list }];
  }
}

const kept = ['id', 'version', 'createdAt', 'updatedAt'];
const known: ReadonlyMap<ScimResourceType, readonly string[]> = new Map([
  [userType, [...userAttributes, ...kept, 'groups']],
  [groupType, [...kept, 'displayName', 'externalIds', 'members']],
]);

/** The parts of a value of a list, as the model has them; of a value without parts, itself. */
function partsOf(list: string): readonly string[] {
  if (list === 'groups') return ['id', 'display', 'direct'];
  if (list === 'members') return ['id', 'type', 'display'];
  let schema: unknown = UserProfile;
  for (const key of list.split('.')) schema = (schema as typeof UserProfile).shape[key as 'emails'];
  const { shape } = (schema as typeof UserProfile.shape.emails).element as { shape?: object };
  return shape ? Object.keys(shape) : [''];
}

describe.each([
  ['User', userType],
  ['Group', groupType],
] as const)('filters on a %s', (_name, type) => {
  const filters = everyFilter(type);

  test('speak of what the directory keeps, and of nothing else', () => {
    for (const written of filters) {
      for (const { field, list } of fieldsOf(translated(written, type))) {
        expect(list === undefined ? known.get(type) : partsOf(list), written).toContain(field);
      }
    }
  });

  test('every attribute and every operator is there', () => {
    const operators = new Set(filters.map((filter) => /(?<= )[a-z]{2}(?= |$|\])/.exec(filter)?.[0]));
    expect([...operators].toSorted()).toEqual(['co', 'eq', 'ew', 'ge', 'gt', 'le', 'lt', 'ne', 'pr', 'sw']);
    expect(filters.length).toBeGreaterThan(type === userType ? 700 : 150);
  });
});

describe('what SCIM says otherwise than the directory keeps it', () => {
  const compare = (field: string, operator: string, operand: unknown, rest: object = {}) => ({
    kind: 'compare',
    field,
    operator,
    operand,
    ...rest,
  });
  const assigned = (field: string) => ({ kind: 'assigned', field });
  const some = (field: string, condition: object) => ({ kind: 'some', field, condition });
  const not = (term: object) => ({ kind: 'not', term });
  const or = (...terms: object[]) => ({ kind: 'or', terms });
  const and = (...terms: object[]) => ({ kind: 'and', terms });
  const always = { kind: 'constant', holds: true };
  const never = { kind: 'constant', holds: false };

  const isActive = compare('status', '=', 'active');
  const folded = { folded: true };
  const { base } = context;

  test.each([
    ['title eq "Surveyor"', compare('title', '=', 'Surveyor', folded)],
    ['title ne "Surveyor"', not(compare('title', '=', 'Surveyor', folded))],
    ['not (title ne "Surveyor")', compare('title', '=', 'Surveyor', folded)],
    ['title pr', compare('title', '>', '')],
    ['title eq null', not(assigned('title'))],
    ['name.givenName sw "M"', compare('name.givenName', 'startsWith', 'M', folded)],
    // RFC 7643 2.2, 2.3.7: identifiers and references are case exact.
    [
      'externalId co "HR"',
      some('externalIds', and(compare('domain', '=', 'okta'), compare('value', 'contains', 'HR'))),
    ],
    // RFC 7643 3.1: it is that of the provisioning domain of the client.
    ['externalId ne "7"', not(some('externalIds', and(compare('domain', '=', 'okta'), compare('value', '=', '7'))))],
    ['externalId pr', some('externalIds', and(compare('domain', '=', 'okta'), compare('value', '>', '')))],
    ['externalId eq null', not(some('externalIds', and(compare('domain', '=', 'okta'), assigned('value'))))],
    ['profileUrl ew "Mira"', compare('profileUrl', 'endsWith', 'Mira')],
    ['meta.created ge "2026-03-01T09:30:00+01:00"', compare('createdAt', '>=', new Date('2026-03-01T08:30:00Z'))],
    ['meta.lastModified lt "2026-03-01T08:30:00"', compare('updatedAt', '<', new Date('2026-03-01T08:30:00Z'))],
    ['meta.resourceType eq "User"', always],
    ['meta.resourceType eq "user"', never],
    ['meta.resourceType ne "Group"', always],
    ['meta.version eq "\\"3\\""', compare('version', '=', '"3"', { before: '"', after: '"' })],
    ['meta.location sw "https:"', compare('id', 'startsWith', 'https:', { before: `${base}/Users/` })],
    ['active eq true', isActive],
    ['active eq "False"', not(isActive)],
    ['active ne true', not(isActive)],
    ['active pr', or(isActive, not(isActive))],
    ['active eq null', not(or(isActive, not(isActive)))],
    [`schemas eq "${urns.user}"`, always],
    ['schemas co "nothing"', never],
    [
      `schemas[value eq "${urns.lifecycle}"]`,
      or(...userAttributes.filter((attribute) => attribute.startsWith('lifecycle.')).map(assigned)),
    ],
    // RFC 7643 7: "The attribute is never returned. [...] A service provider MAY allow attributes to be used in a search filter".
    ['password eq "Tarn-Lake-77?"', never],
    ['password pr', never],
    ['password ne "x"', always],
    ['emails eq "mira@example.com"', some('emails', compare('value', '=', 'mira@example.com', folded))],
    ['emails.type eq null', not(some('emails', assigned('type')))],
    [
      'emails.type ne "work"',
      or(
        not(some('emails', assigned('type'))),
        some('emails', and(assigned('type'), not(compare('type', '=', 'work', folded)))),
      ),
    ],
    ['emails[type ne "work"]', some('emails', not(compare('type', '=', 'work', folded)))],
    ['photos[primary eq true]', some('photos', compare('primary', '=', true))],
    [`${urns.lifecycle}:groupStrings co "a"`, some('lifecycle.groupStrings', compare('', 'contains', 'a'))],
    [`${urns.lifecycle}:groupStrings[value eq "a"]`, some('lifecycle.groupStrings', compare('', '=', 'a'))],
    [`${urns.enterprise}:manager eq "jon"`, compare('enterprise.manager.value', '=', 'jon')],
    [`${urns.enterprise}:manager.$ref pr`, compare('enterprise.manager.ref', '>', '')],
    [`${urns.enterprise}:manager.displayName pr`, never],
    ['groups.value eq "g"', some('groups', compare('id', '=', 'g'))],
    ['groups.$ref eq "g"', some('groups', compare('id', '=', 'g', { before: `${base}/Groups/` }))],
    ['groups[type eq "DIRECT"]', some('groups', compare('direct', '=', true))],
    ['groups.type eq "indirect"', some('groups', compare('direct', '=', false))],
    ['groups.type eq "dynamic"', never],
  ])('%s', (written, expected) => {
    expect(translated(written)).toEqual(expected);
  });

  test.each([
    ['displayName eq "Field Team"', compare('displayName', '=', 'Field Team', folded)],
    ['members.value eq "u"', some('members', compare('id', '=', 'u'))],
    [
      'members[value eq "u" and type eq "user"]',
      some('members', and(compare('id', '=', 'u'), compare('type', '=', 'user', folded))),
    ],
    [
      'members.$ref eq "u"',
      some(
        'members',
        or(
          and(compare('type', '=', 'User'), compare('id', '=', 'u', { before: `${base}/Users/` })),
          and(compare('type', '=', 'Group'), compare('id', '=', 'u', { before: `${base}/Groups/` })),
        ),
      ),
    ],
    [`schemas eq "${urns.group}"`, always],
  ])('of groups: %s', (written, expected) => {
    expect(translated(written, groupType)).toEqual(expected);
  });

  test.each([
    ['members[value eq "u"]', compare('id', '=', 'u')],
    ['members[not (display sw "M")]', not(compare('display', 'startsWith', 'M', folded))],
  ])('of the members of one group: %s', (path, expected) => {
    const target = parsePath(path, groupType, profiles.strict);
    expect(target.kind === 'attribute' && memberCondition(target.filter!)).toEqual(expected);
  });
});

test.each(['title co "\\u0000"', 'title eq "\\ud83d"', 'emails[value ne "a\\u0000"]'])(
  'characters that no attribute holds are refused: %s',
  (written) => {
    expect(() => translated(written)).toThrow(expect.objectContaining({ scimType: 'invalidFilter' }) as Error);
  },
);
