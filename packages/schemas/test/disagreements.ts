import { foldKey } from '../src/canonical/key.ts';
import type { ScimAttribute } from '../src/scim/attribute.ts';
import { instantOf } from '../src/scim/field.ts';
import {
  asElement,
  comparable,
  comparedAttribute,
  type Filter,
  resourceScope,
  selectorOf,
  type Target,
  valueScope,
} from '../src/scim/filter.ts';
import { isObject, type Json } from '../src/scim/json.ts';
import type { PatchOperation } from '../src/scim/message.ts';
import { parsePath, type Path } from '../src/scim/path.ts';
import { urns } from '../src/scim/urn.ts';
import { userType } from '../src/scim/user.ts';
import { profiles } from '../src/scim/profile.ts';

export type Oracle = 'scimmy' | 'scim2-parse-filter';

/** A class of inputs about which another engine and Stele differ. */
interface Disagreement<Input, Example, Outcome> {
  readonly oracle: Oracle;
  readonly name: string;
  /** Where the RFC decides it. */
  readonly source: string;
  /** Who is right by the RFC, and why. */
  readonly because: string;
  readonly example: Example;
  readonly ours: Outcome;
  readonly theirs: Outcome;
  /** Whether an input belongs to the class. */
  readonly applies: (input: Input) => boolean;
}

/** Whether a text is a filter. */
export interface TextDisagreement extends Disagreement<string, string, 'accepts' | 'refuses'> {
  readonly of: 'text';
}

export interface FilterInput {
  readonly text: string;
  /** What the text means. */
  readonly filter: Filter;
  readonly user: Json;
}

/** Whether a filter selects a user. */
export type FilterOutcome = boolean | 'refuses';

export interface FilterDisagreement extends Disagreement<FilterInput, Omit<FilterInput, 'filter'>, FilterOutcome> {
  readonly of: 'filter';
}

export interface PatchInput {
  readonly before: Json;
  readonly operation: PatchOperation;
}

/** The user afterwards. */
export type PatchOutcome = Json | 'refuses';

export interface PatchDisagreement extends Disagreement<PatchInput, PatchInput, PatchOutcome> {
  readonly of: 'patch';
}

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** What an attribute holds, parts and all. */
function heldBy({ urn, attribute }: Target, on: Json): readonly unknown[] {
  const container = urn === undefined ? on : on[urn];
  return isObject(container) ? listOf(container[attribute.name]) : [];
}

/** What a target names of each value of its attribute. */
const namedBy = (target: Target, on: Json): readonly unknown[] =>
  heldBy(target, on).map((value) => (target.sub ? (value as Json)[target.sub.name] : value));

const assigned = (target: Target, on: Json): readonly unknown[] =>
  namedBy(target, on).filter((value) => value !== undefined);

// Texts.

const tokensOf = (text: string) => [...text.matchAll(/"(?:[^"\\]|\\.)*"|[()[\]]|[^\s()[\]"]+|"/g)];

const withoutStrings = (text: string): string => text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');

/** The words that stand where a filter names attributes. */
const namesIn = (text: string) =>
  tokensOf(text).filter(([token], index, tokens) => {
    const [before = '('] = tokens[index - 1] ?? [];
    return /^[^"()[\]]/.test(token) && !/^(?:and|or|not)$/i.test(token) && /^(?:[([]|and|or|not)$/i.test(before);
  });

/** Whether a character of a filter is part of the name of an attribute. */
export const isInName = (text: string, place: number): boolean =>
  namesIn(text).some(({ 0: name, index }) => index <= place && place < index + name.length);

const isAttribute = (name: string): boolean =>
  resourceScope(userType, profiles.strict)(name) !== undefined ||
  [...userType.schema.attributes.values()].some(
    (attribute) => attribute.multiValued && valueScope(attribute)(name) !== undefined,
  );

/** The operands in quotes, each with the attribute that it is compared with. */
const operandsOf = (text: string) =>
  [...text.matchAll(/([^\s()[\]"]+)\s+(?:eq|ne|gt|ge|lt|le)\s*"((?:[^"\\]|\\.)*)"/gi)].map(
    ([, name = '', operand = '']) => {
      const target = resourceScope(userType, profiles.strict)(name);
      const attribute = target ? comparedAttribute(target) : undefined;
      // Of the parts that a value filter compares, `primary` is the only one that is no text.
      return { type: attribute?.type ?? (/^primary$/i.test(name) ? 'boolean' : 'string'), operand };
    },
  );

const namesReference = (text: string): boolean => namesIn(text).some(([name]) => /\$ref/i.test(name));

const namesCoreSchema = ({ text }: FilterInput): boolean =>
  withoutStrings(text).toLowerCase().includes(`${urns.user.toLowerCase()}:`);

/** Whether a parenthesis is not closed by the first `)` that follows. */
function parenthesesNest(text: string): boolean {
  let depth = 0;
  return tokensOf(text).some(([token]) => {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    return depth > 1 || (depth === 1 && token.startsWith('"') && token.includes(')'));
  });
}

export const textDisagreements: readonly TextDisagreement[] = [
  {
    oracle: 'scim2-parse-filter',
    of: 'text',
    name: 'attributes that no schema has',
    source: 'RFC 7644 3.4.2.2, 3.12',
    because: 'Both are right: their library knows no schemas, and says nothing about what names mean.',
    example: 'shoeSize pr',
    ours: 'refuses',
    theirs: 'accepts',
    applies: (text) => namesIn(text).some(([name]) => !isAttribute(name)),
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'text',
    name: 'operands of another type',
    source: 'RFC 7644 3.4.2.2, RFC 7643 2.3',
    because:
      'Both are right: their library knows no types. What is no dateTime or no boolean cannot be compared with one.',
    example: 'meta.created gt "yesterday"',
    ours: 'refuses',
    theirs: 'accepts',
    applies: (text) =>
      operandsOf(text).some(
        ({ type, operand }) =>
          (type === 'dateTime' && Number.isNaN(instantOf(operand))) ||
          (type === 'boolean' && !/^(?:true|false)$/i.test(operand)),
      ),
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'text',
    name: '$ref',
    source: 'RFC 7643 2.4, RFC 7644 3.4.2.2',
    because: 'Open: the ABNF of names has no "$", and yet the schema defines an attribute of that name.',
    example: 'groups.$ref pr',
    ours: 'accepts',
    theirs: 'refuses',
    applies: namesReference,
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'text',
    name: 'escapes that JSON does not have',
    source: 'RFC 7644 3.4.2.2, RFC 7159 7',
    because: 'Stele is right: an operand is a JSON string.',
    example: 'title eq "a\\a"',
    ours: 'refuses',
    theirs: 'accepts',
    applies: (text) => tokensOf(text).some(([token]) => /^".*\\[^"]/s.test(token)),
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'text',
    name: 'a space before a bracket',
    source: 'RFC 7644 3.4.2.2',
    because: 'Stele is right: valuePath is attrPath "[" valFilter "]", without a space.',
    example: 'emails [type eq "work"]',
    ours: 'refuses',
    theirs: 'accepts',
    applies: (text) => /\s\[/.test(withoutStrings(text)),
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'text',
    name: 'not without parentheses',
    source: 'RFC 7644 3.4.2.2',
    because: 'Stele is right: not stands before "(" and nowhere else.',
    example: 'not title pr',
    ours: 'refuses',
    theirs: 'accepts',
    applies: (text) => /\bnot\b(?!\s*\()/i.test(withoutStrings(text)),
  },
];

// Filters.

/** Every filter within a filter, with the resource or the value of a list that it is about. */
function within(filter: Filter, on: Json): readonly { readonly filter: Filter; readonly on: Json }[] {
  const here = { filter, on };
  switch (filter.kind) {
    case 'and':
    case 'or':
      return [here, ...filter.terms.flatMap((term) => within(term, on))];
    case 'not':
      return [here, ...within(filter.term, on)];
    case 'values':
      return [here, ...heldBy(filter.target, on).flatMap((value) => within(filter.filter, asElement(value)))];
    default:
      return [here];
  }
}

type Of<Kind extends Filter['kind']> = Kind extends 'and' | 'or'
  ? Extract<Filter, { kind: 'and' | 'or' }>
  : Extract<Filter, { kind: Kind }>;

type Holds<Kind extends Filter['kind']> = (filter: Of<Kind>, on: Json, input: FilterInput) => boolean;

/** Whether a filter has one of a kind within it for which something holds. */
const some =
  <Kind extends Filter['kind']>(kind: Kind, holds: Holds<Kind>) =>
  (input: FilterInput): boolean =>
    within(input.filter, input.user).some(
      ({ filter, on }) => filter.kind === kind && holds(filter as Of<Kind>, on, input),
    );

/** Whether a filter is of one of the kinds, or has one within it or its brackets. */
function contains(filter: Filter, ...kinds: readonly Filter['kind'][]): boolean {
  const parts =
    'terms' in filter
      ? filter.terms
      : filter.kind === 'not'
        ? [filter.term]
        : 'filter' in filter
          ? [filter.filter]
          : [];
  return kinds.includes(filter.kind) || parts.some((part) => contains(part, ...kinds));
}

const isSimple = ({ attribute, sub }: Target): boolean => (sub ?? attribute).type !== 'complex';

const isWholeList = ({ attribute, sub }: Target): boolean => attribute.multiValued && !sub;

/** A comparison as it would be of an attribute with other characteristics. */
function comparedAs(filter: Of<'compare'>, characteristics: Partial<ScimAttribute>): Of<'compare'> {
  const { attribute, sub, ...rest } = filter.target;
  const target = sub
    ? { attribute, sub: { ...sub, ...characteristics } }
    : { attribute: { ...attribute, ...characteristics } };
  return { ...filter, target: { ...rest, ...target } };
}

/** Whether the outcome of a comparison changes when the attribute is a text that is compared as it is written. */
const minds = (type: 'string' | 'dateTime') =>
  some('compare', (filter, on) => {
    if (!isSimple(filter.target) || comparedAttribute(filter.target)!.type !== type) return false;
    const literally = comparedAs(filter, { type: 'string', caseExact: true });
    return selectorOf(filter)(on) !== selectorOf(literally)(on);
  });

const mindsCase = minds('string');
const mindsInstants = minds('dateTime');

const byUnits = new Map<string, (left: string, right: string) => boolean>([
  ['gt', (left, right) => left > right],
  ['ge', (left, right) => left >= right],
  ['lt', (left, right) => left < right],
  ['le', (left, right) => left <= right],
]);

const mindsOrder = some('compare', (filter, on) => {
  const holds = byUnits.get(filter.operator);
  if (!holds || !isSimple(filter.target) || comparedAttribute(filter.target)!.type === 'dateTime') return false;
  const literally = selectorOf(comparedAs(filter, { caseExact: true }));
  const values = assigned(filter.target, on) as readonly string[];
  return literally(on) !== values.some((value) => holds(value, filter.operand as string));
});

const presentButEmpty = some(
  'present',
  (filter, on) => assigned(filter.target, on).length > 0 && !selectorOf(filter)(on),
);

/** Whether a comparison meets a value that does not say whether it is the primary one, and that matters to it. */
const impliesPrimary = (matters: (operator: string, operand: unknown) => boolean) =>
  some('compare', ({ target, operator, operand }, on) => {
    const isLacking = target.sub ? namedBy(target, on).includes(undefined) : heldBy(target, on).length === 0;
    return (target.sub ?? target.attribute).name === 'primary' && isLacking && matters(operator, operand);
  });

const bracketsOfSimpleValues = some('values', ({ target }) => target.attribute.type !== 'complex');

const mira: Json = {
  userName: 'mira',
  emails: [
    { value: 'a', type: 'work' },
    { value: 'b', type: 'home' },
  ],
};

const ofBoth = (entry: Omit<FilterDisagreement, 'oracle' | 'of'>): readonly FilterDisagreement[] =>
  (['scim2-parse-filter', 'scimmy'] as const).map((oracle) => ({ oracle, of: 'filter', ...entry }));

export const filterDisagreements: readonly FilterDisagreement[] = [
  ...ofBoth({
    name: 'letters in another case',
    source: 'RFC 7643 2.2, 7',
    because: 'Stele is right: texts compare without case unless their schema says caseExact.',
    example: { text: 'title eq "SURVEYOR"', user: { title: 'Surveyor' } },
    ours: true,
    theirs: false,
    applies: mindsCase,
  }),
  ...ofBoth({
    name: 'another spelling of an instant',
    source: 'RFC 7643 2.3.5, RFC 7644 3.4.2.2',
    because: 'Stele is right: a dateTime is an instant, whatever its time zone.',
    example: {
      text: 'meta.created eq "2026-03-01T09:30:00+01:00"',
      user: { meta: { created: '2026-03-01T08:30:00Z' } },
    },
    ours: true,
    theirs: false,
    applies: mindsInstants,
  }),
  ...ofBoth({
    name: 'the order of rare letters',
    source: 'RFC 7644 3.4.2.2',
    because:
      'Open: "lexicographical" names no order. Stele takes code points, as its database does; they take UTF-16 units.',
    example: { text: 'profileUrl lt "😀"', user: { profileUrl: 'ﬁ' } },
    ours: true,
    theirs: false,
    applies: mindsOrder,
  }),
  ...ofBoth({
    name: 'presence of the empty text',
    source: 'RFC 7644 3.4.2.2, table 3',
    because: 'Stele is right: pr matches "a non-empty or non-null value".',
    example: { text: 'title pr', user: { title: '' } },
    ours: false,
    theirs: true,
    applies: presentButEmpty,
  }),
  ...ofBoth({
    name: 'brackets after a list of simple values',
    source: 'RFC 7643 2.4',
    because: 'Stele is right, as far as a simple value has a name in brackets at all: it is called "value".',
    example: {
      text: `${urns.lifecycle}:groupStrings[value eq "a"]`,
      user: { [urns.lifecycle]: { groupStrings: ['a'] } },
    },
    ours: true,
    theirs: false,
    applies: bracketsOfSimpleValues,
  }),
  ...ofBoth({
    name: 'escapes',
    source: 'RFC 7644 3.4.2.2, RFC 7159 7',
    because: 'Stele is right: an operand is a JSON string.',
    example: { text: 'title eq "a\\u0062"', user: { title: 'ab' } },
    ours: true,
    theirs: false,
    applies: ({ text }) => /\\[^"]/.test(text),
  }),
  {
    oracle: 'scim2-parse-filter',
    of: 'filter',
    name: 'a value that does not say primary',
    source: 'RFC 7643 2.4',
    because: 'Stele is right: "If not specified, the value of "primary" SHALL be assumed to be "false"."',
    example: { text: 'emails.primary eq false', user: mira },
    ours: true,
    theirs: false,
    applies: impliesPrimary((operator, operand) => operand === (operator === 'ne')),
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'filter',
    name: 'ne of nothing',
    source: 'RFC 7644 3.4.2.2, table 3',
    because: 'Stele is right: what has no value is not identical to the operand.',
    example: { text: 'nickName ne "a"', user: {} },
    ours: true,
    theirs: false,
    applies: some(
      'compare',
      ({ operator, operand, target }, on) => operator === 'ne' && operand !== null && assigned(target, on).length === 0,
    ),
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'filter',
    name: 'eq null of nothing',
    source: 'RFC 7643 2.5',
    because: 'Stele is right: "unassigned" and null are equivalent.',
    example: { text: 'nickName eq null', user: {} },
    ours: true,
    theirs: false,
    applies: some(
      'compare',
      ({ operator, operand, target }, on) => operator === 'eq' && operand === null && assigned(target, on).length === 0,
    ),
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'filter',
    name: 'a complex attribute compared',
    source: 'RFC 7643 2.4, RFC 7644 3.4.2.2',
    because:
      'Stele is right: `emails co "example.com"` of the RFC compares the value of each; they compare the object or list.',
    example: { text: 'emails eq "a"', user: mira },
    ours: true,
    theirs: false,
    applies: some('compare', ({ target }) => isWholeList(target) || !isSimple(target)),
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'filter',
    name: 'brackets about several values',
    source: 'RFC 7644 3.4.2.2',
    because:
      'Stele is right: what stands in brackets "MUST be applied to the same value"; they apply each term to the list.',
    example: { text: 'emails[type eq "work" and value eq "b"]', user: mira },
    ours: false,
    theirs: true,
    applies: some(
      'values',
      ({ filter, target }, on) => heldBy(target, on).length > 1 && contains(filter, 'and', 'not'),
    ),
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'filter',
    name: 'the URN of the core schema',
    source: 'RFC 7644 3.10',
    because: 'Stele is right: every attribute may have the URN of its schema before it.',
    example: { text: `${urns.user}:userName eq "mira"`, user: mira },
    ours: true,
    theirs: false,
    applies: namesCoreSchema,
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'filter',
    name: '$ref',
    source: 'RFC 7643 2.4, RFC 7644 3.4.2.2',
    because: 'Open: the ABNF of names has no "$", and yet the schema defines an attribute of that name.',
    example: { text: 'groups.$ref pr', user: { groups: [{ $ref: '../Groups/a' }] } },
    ours: true,
    theirs: 'refuses',
    applies: ({ text }) => namesReference(text),
  },
  {
    oracle: 'scim2-parse-filter',
    of: 'filter',
    name: 'a boolean in quotes',
    source: 'RFC 7644 3.4.2.2',
    because: 'They are right by the letter. Stele reads `primary eq "True"` because Entra ID sends it.',
    example: { text: 'active eq "True"', user: { active: true } },
    ours: true,
    theirs: false,
    applies: ({ text }) => operandsOf(text).some(({ type }) => type === 'boolean'),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'a quote within a text',
    source: 'RFC 7644 3.4.2.2, RFC 7159 7',
    because: 'Stele is right: an operand is a JSON string, in which \\" is a quote.',
    example: { text: 'title eq "a\\"b"', user: { title: 'a"b' } },
    ours: true,
    theirs: 'refuses',
    applies: ({ text }) => text.includes('\\"'),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'part of nothing',
    source: 'RFC 7643 2.5',
    because: 'Stele is right: an attribute that is unassigned has no parts; they throw a TypeError.',
    example: { text: 'name.givenName pr', user: {} },
    ours: false,
    theirs: 'refuses',
    applies: ({ filter, user }) =>
      within(filter, user).some(
        ({ filter: each, on }) =>
          'target' in each &&
          (each.target.sub !== undefined || each.kind === 'values') &&
          heldBy(each.target, on).length === 0,
      ),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'the word undefined',
    source: 'RFC 7644 3.4.2.2, table 3',
    because: 'Stele is right: no value contains nothing. They look into the word "undefined".',
    example: { text: 'title co "fine"', user: {} },
    ours: false,
    theirs: true,
    applies: some('compare', ({ operator, operand, target }, on) => {
      if (!['co', 'sw', 'ew'].includes(operator) || !'undefined'.includes(operand as string)) return false;
      return assigned(target, on).length === 0 || namedBy(target, on).includes(undefined);
    }),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'a list compared, or present',
    source: 'RFC 7643 2.4, RFC 7644 3.4.2.2',
    because: 'Stele is right: `emails co "example.com"` of the RFC compares the value of each.',
    example: { text: 'emails pr', user: mira },
    ours: true,
    theirs: 'refuses',
    applies: ({ filter, user }) =>
      within(filter, user).some(
        ({ filter: each }) => (each.kind === 'compare' || each.kind === 'present') && isWholeList(each.target),
      ),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'a complex attribute compared',
    source: 'RFC 7643 2.4, RFC 7644 3.4.2.2',
    because: 'Open: that "value" is meant is said of lists. Stele takes it for manager, too.',
    example: {
      text: `${urns.enterprise}:manager eq "a"`,
      user: { [urns.enterprise]: { manager: { value: 'a' } } },
    },
    ours: true,
    theirs: false,
    applies: some('compare', ({ target }) => !isSimple(target) && !isWholeList(target)),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'parentheses in parentheses',
    source: 'RFC 7644 3.4.2.2',
    because: 'Stele is right: they end a group at the first ")", be it of another group or in a text.',
    example: { text: '((title pr))', user: { title: 'a' } },
    ours: true,
    theirs: 'refuses',
    applies: ({ text }) => parenthesesNest(text),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'not of several terms',
    source: 'RFC 7644 3.4.2.2',
    because: 'Stele is right: not (a and b) is true when one of them is false; they read it as not a and not b.',
    example: { text: 'not (title eq "a" and nickName eq "b")', user: { title: 'a', nickName: 'c' } },
    ours: true,
    theirs: false,
    applies: some('not', ({ term }) => term.kind === 'and' || term.kind === 'or'),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'and within a text that is negated',
    source: 'RFC 7644 3.4.2.2',
    because: 'Stele is right: what stands in quotes is no operator.',
    example: { text: 'not (title eq "a and b")', user: { title: 'a and b' } },
    ours: false,
    theirs: true,
    applies: some('not', ({ term }) => term.kind === 'compare' && / (?:and|or) /.test(String(term.operand))),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'not of a list',
    source: 'RFC 7644 3.4.2.2',
    because: 'Stele is right: not (a) is the opposite of a. They ask whether some value does not match.',
    example: { text: 'not (emails.type eq "work")', user: mira },
    ours: false,
    theirs: true,
    applies: some('not', ({ term }, on) => {
      if (!('target' in term) || !term.target.attribute.multiValued) return false;
      return term.kind === 'values' || heldBy(term.target, on).length > 1;
    }),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'two terms about one list',
    source: 'RFC 7644 3.4.2.2',
    because: 'Stele is right: only brackets ask for the same value; they ask for it everywhere.',
    example: { text: 'emails.type eq "work" and emails.value eq "b"', user: mira },
    ours: true,
    theirs: false,
    applies: some('and', ({ terms }, on) => {
      const lists = terms.flatMap((term) => [
        ...new Set(
          within(term, on)
            .filter((each) => each.on === on)
            .flatMap(({ filter }) =>
              'target' in filter && filter.target.attribute.multiValued ? [filter.target.attribute] : [],
            ),
        ),
      ]);
      return new Set(lists).size < lists.length;
    }),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'an attribute and its part',
    source: 'RFC 7644 3.4.2.2',
    because: 'Stele is right: both terms of and have to hold; they forget the second.',
    example: { text: 'name pr and name.givenName eq "jon"', user: { name: { givenName: 'mira' } } },
    ours: false,
    theirs: true,
    applies: some('and', (filter, on) => {
      const named = within(filter, on).flatMap(({ filter: each }) => ('target' in each ? [each.target] : []));
      return named.some(({ attribute, sub }) => !sub && named.some((each) => each.attribute === attribute && each.sub));
    }),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'alternatives beside other terms',
    source: 'RFC 7644 3.4.2.2',
    because: 'Stele is right: a and b and (c or d) needs a and b; they are content with one of the two.',
    example: {
      text: 'title pr and active eq true and (userName eq "mira" or userName eq "jon")',
      user: { title: 'a', active: false, userName: 'mira' },
    },
    ours: false,
    theirs: true,
    applies: some(
      'and',
      ({ terms }, _, { text }) =>
        terms.some((term) => contains(term, 'or')) &&
        (terms.length > 2 ||
          terms.some((term) => contains(term, 'and')) ||
          [...withoutStrings(text).matchAll(/\(/g)].length > 1),
    ),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'alternatives in brackets in parentheses',
    source: 'RFC 7644 3.4.2.2',
    because: 'Stele is right: parentheses around a term change nothing.',
    example: {
      text: '(emails[type eq "other" or value eq "a" or type eq "x"]) and userName pr',
      user: mira,
    },
    ours: true,
    theirs: false,
    applies: ({ text }) => /\([^)]*\[[^\]]*\bor\b/i.test(withoutStrings(text)),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'a value that does not say primary',
    source: 'RFC 7643 2.4',
    because: 'Stele is right: "If not specified, the value of "primary" SHALL be assumed to be "false"."',
    example: { text: 'emails.primary eq false', user: mira },
    ours: true,
    theirs: false,
    applies: impliesPrimary((_, operand) => operand === false),
  },
  {
    oracle: 'scimmy',
    of: 'filter',
    name: 'values without the part',
    source: 'RFC 7644 3.4.2.2',
    because:
      'Open: whether a value that lacks a part counts as one that differs. Stele counts the parts that are there.',
    example: { text: 'emails.type ne "work"', user: { emails: [{ value: 'a', type: 'work' }, { value: 'b' }] } },
    ours: false,
    theirs: true,
    applies: some(
      'compare',
      ({ operator, operand, target }, on) =>
        operator === (operand === null ? 'eq' : 'ne') &&
        (operand === null || target.sub?.name !== 'primary') &&
        assigned(target, on).length > 0 &&
        namedBy(target, on).includes(undefined),
    ),
  },
];

// Patches.

type AttributePath = Extract<Path, { kind: 'attribute' }>;

/** What an operation does to one attribute. */
interface Step {
  readonly operation: PatchOperation;
  readonly op: PatchOperation['op'];
  readonly path: AttributePath;
  readonly value: unknown;
  /** What the attribute holds, and which of it the path selects. */
  readonly held: readonly unknown[];
  readonly selected: readonly unknown[];
}

const isPath = (text: string): boolean => {
  try {
    return Boolean(parsePath(text, userType, profiles.strict));
  } catch {
    return false;
  }
};

function stepsOf({ before, operation }: PatchInput): readonly Step[] {
  const { op, path: whole, value: given } = operation;
  const stepAt = (text: string, value: unknown): readonly Step[] => {
    if (!isPath(text)) return [];
    const path = parsePath(text, userType, profiles.strict);
    if (path.kind === 'schema') return membersOf(`${path.urn}:`, value);
    const held = heldBy(path, before);
    const selects = path.filter ? selectorOf(path.filter) : () => true;
    return [{ operation, op, path, value, held, selected: held.filter((each) => selects(asElement(each))) }];
  };
  const membersOf = (prefix: string, value: unknown): readonly Step[] =>
    isObject(value) ? Object.entries(value).flatMap(([name, each]) => stepAt(`${prefix}${name}`, each)) : [];
  return whole === undefined ? membersOf('', given) : stepAt(whole, given);
}

const someStep =
  (holds: (step: Step) => boolean) =>
  (input: PatchInput): boolean =>
    stepsOf(input).some(holds);

const isPrimary = (value: unknown): boolean => isObject(value) && value['primary'] === true;

const isSame = ({ subAttributes }: ScimAttribute, left: Json, right: Json): boolean => {
  const names =
    left['value'] === undefined ? [...subAttributes.keys()].filter((name) => name !== 'primary') : ['value', 'type'];
  return names.every((name) => {
    const sub = subAttributes.get(name);
    return !sub || comparable(sub, left[sub.name]) === comparable(sub, right[sub.name]);
  });
};

const isListed = ({ op, path: { attribute, filter, sub }, value }: Step): boolean =>
  op === 'remove' && attribute.multiValued && !filter && !sub && value !== undefined;

const conditionIn = ({ operation: { path = '' } }: Step): string => /\[(.*)\]/.exec(path)?.[1] ?? '';

const work = { value: 'a', type: 'work' };
const home = { value: 'b', type: 'home' };
const enterprise = urns.enterprise;

const patchOf = (
  entry: Omit<PatchDisagreement, 'oracle' | 'of' | 'example'> & {
    readonly before?: Json;
    readonly operation: PatchOperation;
  },
): PatchDisagreement => {
  const { before = mira, operation, ...rest } = entry;
  return { oracle: 'scimmy', of: 'patch', example: { before, operation }, ...rest };
};

export const patchDisagreements: readonly PatchDisagreement[] = [
  patchOf({
    name: 'removing what no value matches',
    source: 'RFC 7644 3.12, table 9',
    because:
      'Stele is right: noTarget is for a path with "a filter that yields no match". The default profile is as lenient as they are.',
    operation: { op: 'remove', path: 'emails[type eq "other"]' },
    ours: 'refuses',
    theirs: mira,
    applies: someStep(
      ({ op, path, selected }) => op === 'remove' && path.filter !== undefined && selected.length === 0,
    ),
  }),
  patchOf({
    name: 'replacing what no value matches',
    source: 'RFC 7644 3.5.2.3',
    because:
      'Stele is right: "the service provider SHALL indicate failure by returning [...] noTarget"; they add the value.',
    operation: { op: 'replace', path: 'emails[type eq "other"]', value: { value: 'c', type: 'other' } },
    ours: 'refuses',
    theirs: { ...mira, emails: [work, home, { value: 'c', type: 'other' }] },
    applies: someStep(
      ({ op, path, selected }) => op === 'replace' && path.filter !== undefined && !path.sub && selected.length === 0,
    ),
  }),
  patchOf({
    name: 'filters on what the attribute does not have',
    source: 'RFC 7644 3.4.2.2, 3.12',
    because: 'Stele is right: a filter with an unknown attribute is an invalidFilter; they find no value that matches.',
    operation: { op: 'remove', path: 'emails[shoeSize eq 42]' },
    ours: 'refuses',
    theirs: mira,
    applies: ({ operation: { path } }) => path?.includes('[') === true && !isPath(path),
  }),
  patchOf({
    name: 'complex attributes that are read-only',
    source: 'RFC 7643 2.2, RFC 7644 3.5.2',
    because:
      'Stele is right: readOnly "SHALL NOT be modified"; they let through what is within, and what has no value yet.',
    operation: { op: 'add', path: 'groups', value: [{ value: 'a' }] },
    ours: 'refuses',
    theirs: { ...mira, groups: [{ value: 'a' }] },
    applies: someStep(
      ({ op, path: { attribute }, held }) =>
        attribute.mutability === 'readOnly' && attribute.type === 'complex' && (op === 'add' || held.length === 0),
    ),
  }),
  patchOf({
    name: 'parts that are read-only',
    source: 'RFC 7643 2.2, RFC 7644 3.5.2',
    because:
      'Stele is right: readOnly "SHALL NOT be modified". A path to one is refused, and in a value it is left out.',
    before: { ...mira, [enterprise]: { manager: { value: 'jon' } } },
    operation: { op: 'add', path: `${enterprise}:manager.displayName`, value: 'Jon' },
    ours: 'refuses',
    theirs: { ...mira, [enterprise]: { manager: { value: 'jon', displayName: 'Jon' } } },
    applies: someStep(
      ({ path: { attribute, sub }, value }) =>
        sub?.mutability === 'readOnly' ||
        [...attribute.subAttributes.values()].some(
          (each) => each.mutability === 'readOnly' && isObject(value) && value[each.name] !== undefined,
        ),
    ),
  }),
  patchOf({
    name: 'removing an extension',
    source: 'RFC 7643 3.3, RFC 7644 3.5.2',
    because:
      'Open: the ABNF of paths has no URN alone. Both take one in add and replace; they throw a TypeError in remove.',
    before: { ...mira, [enterprise]: { department: 'a' } },
    operation: { op: 'remove', path: enterprise },
    ours: mira,
    theirs: 'refuses',
    applies: ({ operation: { op, path } }) => op === 'remove' && path?.toLowerCase() === enterprise.toLowerCase(),
  }),
  patchOf({
    name: 'a complex attribute given in part',
    source: 'RFC 7644 3.5.2.1, 3.5.2.3',
    because:
      'Stele is right: "Sub-attributes that are not specified in the "value" parameter are left unchanged." They go, as in the profile interop.',
    before: { ...mira, name: { givenName: 'Mira', familyName: 'Olsen' } },
    operation: { op: 'replace', path: 'name', value: { familyName: 'Lund' } },
    ours: { ...mira, name: { givenName: 'Mira', familyName: 'Lund' } },
    theirs: { ...mira, name: { familyName: 'Lund' } },
    applies: someStep(({ operation: { path: whole }, op, path: { attribute, sub }, value, held }) => {
      // Within an extension that is added at once they replace it, too.
      const replaces = op === 'replace' || (op === 'add' && whole?.toLowerCase() === enterprise.toLowerCase());
      if (!replaces || attribute.type !== 'complex' || attribute.multiValued || sub || !isObject(value)) return false;
      return held.some((each) => Object.keys(each as Json).some((name) => value[name] === undefined));
    }),
  }),
  patchOf({
    name: 'the first part of a complex attribute of an extension',
    source: 'RFC 7644 3.5.2.1',
    because:
      'Stele is right: "If the target location does not exist, the attribute and value are added"; they find no target.',
    operation: { op: 'add', path: `${enterprise}:manager.value`, value: 'jon' },
    ours: { ...mira, [enterprise]: { manager: { value: 'jon' } } },
    theirs: 'refuses',
    applies: someStep(({ op, path: { urn, sub }, held }) => {
      if (op === 'remove' || urn === undefined || !sub) return false;
      // A replace removes first.
      return !held.some((each) => Object.keys(each as Json).some((name) => op === 'add' || name !== sub.name));
    }),
  }),
  patchOf({
    name: 'the part by which a value was selected',
    source: 'RFC 7644 3.5.2.3',
    because:
      'Stele is right: the part of every value that matches is replaced. They remove it first, and then nothing matches.',
    operation: { op: 'replace', path: 'emails[type eq "work"].type', value: 'other' },
    ours: { ...mira, emails: [{ value: 'a', type: 'other' }, home] },
    theirs: 'refuses',
    applies: someStep(({ op, path: { filter, sub }, selected }) => {
      if (op !== 'replace' || !filter || !sub || selected.length === 0) return false;
      return within(filter, {}).some((each) => 'target' in each.filter && each.filter.target.attribute === sub);
    }),
  }),
  patchOf({
    name: 'replacing several values',
    source: 'RFC 7644 3.5.2.3, RFC 7643 2.4',
    because:
      'Stele follows "all matching record values SHALL be replaced". They put one in the place of all, which keeps values unique.',
    operation: { op: 'replace', path: 'emails[value pr]', value: { value: 'c' } },
    ours: { ...mira, emails: [{ value: 'c' }, { value: 'c' }] },
    theirs: { ...mira, emails: [{ value: 'c' }] },
    applies: someStep(
      ({ op, path: { filter, sub }, selected }) =>
        op === 'replace' && filter !== undefined && !sub && selected.length > 1,
    ),
  }),
  patchOf({
    name: 'replacing a list without a path',
    source: 'RFC 7644 3.5.2.3',
    because: 'Stele is right: the value holds "attributes that are to be replaced"; they add to the list.',
    operation: { op: 'replace', value: { emails: [{ value: 'c' }] } },
    ours: { ...mira, emails: [{ value: 'c' }] },
    theirs: { ...mira, emails: [work, home, { value: 'c' }] },
    applies: someStep(
      ({ operation, op, path: { attribute }, held }) =>
        op === 'replace' && operation.path === undefined && attribute.multiValued && held.length > 0,
    ),
  }),
  patchOf({
    name: 'adding a value that is there',
    source: 'RFC 7644 3.5.2.1',
    because:
      'Stele is right: "If the target location already contains the value specified, no changes SHOULD be made".',
    operation: { op: 'add', path: 'emails', value: [work] },
    ours: mira,
    theirs: { ...mira, emails: [work, home, work] },
    applies: someStep(({ op, path: { attribute, filter, sub }, value, held }) => {
      if (op !== 'add' || !attribute.multiValued || filter || sub) return false;
      const added = listOf(value).filter(isObject);
      return added.some((each, index) =>
        [...held, ...added.slice(0, index)].some((other) => isSame(attribute, each, other as Json)),
      );
    }),
  }),
  patchOf({
    name: 'adding nothing to nothing',
    source: 'RFC 7643 2.5, RFC 7644 3.5.2.1',
    because: 'Stele is right: an empty list is no value, and changes nothing; they throw a TypeError.',
    before: { userName: 'mira', emails: [] },
    operation: { op: 'add', path: 'emails', value: [] },
    ours: { userName: 'mira' },
    theirs: 'refuses',
    applies: someStep(
      ({ op, path: { attribute }, value, held }) =>
        op === 'add' && attribute.multiValued && held.length === 0 && listOf(value).length === 0,
    ),
  }),
  patchOf({
    name: 'another primary value',
    source: 'RFC 7644 3.5.2',
    because:
      'Stele is right: it "SHALL cause the server to automatically set "primary" to "false" for any other values".',
    before: { ...mira, emails: [{ ...work, primary: true }, home] },
    operation: { op: 'add', path: 'emails', value: [{ value: 'c', primary: true }] },
    ours: { ...mira, emails: [work, home, { value: 'c', primary: true }] },
    theirs: { ...mira, emails: [{ ...work, primary: true }, home, { value: 'c', primary: true }] },
    applies: someStep(({ op, path: { attribute, filter, sub }, value, held, selected }) => {
      if (op === 'remove' || !attribute.multiValued || (op === 'replace' && !filter)) return false;
      const written = sub ? sub.name === 'primary' && value === true : listOf(value).some(isPrimary);
      const others = filter ? held.filter((each) => !selected.includes(each)) : held;
      return written && (others.some(isPrimary) || selected.length > 1);
    }),
  }),
  patchOf({
    name: 'kinds of values that nobody suggests',
    source: 'RFC 7643 7',
    because:
      'Both are right: canonicalValues are "suggested", and a provider may refuse others. They suggest none for roles, and refuse all.',
    before: { ...mira, roles: [{ value: 'admin' }] },
    operation: { op: 'add', path: 'roles[value eq "admin"].type', value: 'a' },
    ours: { ...mira, roles: [{ value: 'admin', type: 'a' }] },
    theirs: 'refuses',
    applies: someStep(
      ({ op, path: { sub }, value }) =>
        op !== 'remove' && sub?.name === 'type' && !sub.canonicalValues?.includes(value as string),
    ),
  }),
  patchOf({
    name: 'removing listed values of nothing',
    source: 'RFC 7644 3.5.2.2',
    because: 'Open: the RFC has no value in a remove. There is nothing to remove; they throw a TypeError.',
    operation: { op: 'remove', path: 'phoneNumbers', value: [{ value: 'a' }] },
    ours: mira,
    theirs: 'refuses',
    applies: someStep((step) => isListed(step) && step.held.length === 0),
  }),
  patchOf({
    name: 'removing listed values that differ in case, or hold quotes',
    source: 'RFC 7643 2.2',
    because:
      'Stele is right, as far as a remove has values: they compare like others. They write a filter of them, without escapes.',
    operation: { op: 'remove', path: 'emails', value: [{ value: 'A' }] },
    ours: { ...mira, emails: [home] },
    theirs: mira,
    applies: someStep((step) => {
      const texts = [...step.held, ...listOf(step.value)].flatMap((each) => Object.values(asElement(each)));
      return (
        isListed(step) &&
        texts.some((each) => typeof each === 'string' && (/["\\]/.test(each) || foldKey(each) !== each))
      );
    }),
  }),
  patchOf({
    name: 'the meaning of the filter in a path',
    source: 'RFC 7644 3.4.2.2',
    because: 'Stele is right: their filters differ in a path as they do elsewhere.',
    operation: { op: 'remove', path: 'emails[type eq "WORK"]' },
    ours: { ...mira, emails: [home] },
    theirs: mira,
    applies: someStep((step) => {
      const { filter } = step.path;
      return (
        filter !== undefined &&
        step.held.some((each) =>
          filterDisagreements.some(
            ({ oracle, applies }) =>
              oracle === 'scimmy' && applies({ text: conditionIn(step), filter, user: asElement(each) }),
          ),
        )
      );
    }),
  }),
];
