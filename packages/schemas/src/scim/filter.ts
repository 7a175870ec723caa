import { foldKey } from '../canonical/key.ts';
import {
  foldName,
  type AttributeType,
  type ScimAttribute,
  type ScimAttributes,
  type ScimResourceType,
  type ScimSchema,
} from './attribute.ts';
import { ScimError, type ScimType } from './error.ts';
import { dateTimeOf, instantOf } from './field.ts';
import { isObject, type Json } from './json.ts';
import { MAX_FILTER } from './limits.ts';
import { profiles, type Profile } from './profile.ts';
import { olderUrns } from './urn.ts';

const compareOperators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type CompareOperator = (typeof compareOperators)[number];

/** What a filter or a path names: an attribute, perhaps one of its parts, perhaps of an extension. */
export interface Target {
  /** Of the extension; absent for the core schema and inside brackets. */
  readonly urn?: string;
  readonly attribute: ScimAttribute;
  readonly sub?: ScimAttribute;
  /** Of another resource type: no resource of this one has a value of it. */
  readonly absent?: true;
}

/** A filter of RFC 7644 3.4.2.2 whose attributes are known and whose operands fit them. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Filter[] }
  | { readonly kind: 'not'; readonly term: Filter }
  | { readonly kind: 'present'; readonly target: Target }
  | {
      readonly kind: 'compare';
      readonly target: Target;
      readonly operator: CompareOperator;
      readonly operand: string | number | boolean | null;
    }
  | { readonly kind: 'values'; readonly target: Target; readonly filter: Filter };

/** Where attribute names are looked up: a resource, or inside brackets one value of an attribute. */
export type Scope = (name: string) => Target | undefined;

const MAX_DEPTH = 16;
const MAX_TERMS = 64;

const equality = ['eq', 'ne'] as const;
const ordering = ['gt', 'ge', 'lt', 'le'] as const;
const substring = ['co', 'sw', 'ew'] as const;

// RFC 7644 3.4.2.2, table 3: gt, ge, lt and le of a boolean or binary attribute fail with invalidFilter.
const operatorsOf: Readonly<Record<AttributeType, readonly CompareOperator[]>> = {
  string: compareOperators,
  reference: compareOperators,
  binary: [...equality, ...substring],
  boolean: equality,
  integer: [...equality, ...ordering],
  decimal: [...equality, ...ordering],
  dateTime: [...equality, ...ordering],
  complex: [],
};

const isString = (operand: unknown) => (typeof operand === 'string' ? operand : undefined);
const isNumber = (operand: unknown) => (typeof operand === 'number' ? operand : undefined);

/** The operand as the attribute's type has it, or undefined when it cannot be compared with the attribute. */
const operandOf: Readonly<Record<AttributeType, (operand: unknown) => string | number | boolean | undefined>> = {
  string: isString,
  reference: isString,
  binary: isString,
  // Entra ID maps roles with `primary eq "True"`.
  boolean: (operand) => (typeof operand === 'boolean' ? operand : booleanOf(operand)),
  integer: isNumber,
  decimal: isNumber,
  dateTime: (operand) => (typeof operand === 'string' && !Number.isNaN(instantOf(operand)) ? operand : undefined),
  complex: () => undefined,
};

/** Reads "True", "false" and their like. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value !== 'string') return undefined;
  const word = value.toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** Finds attributes of a resource by name: `userName`, `name.givenName`, `urn:...:User:department`. */
export function resourceScope(type: ScimResourceType, profile: Profile): Scope {
  return (name) => {
    const prefix = schemaPrefix(type, name, profile);
    if (!prefix) return member(type.schema.attributes, name);
    const { schema, rest } = prefix;
    const target = member(schema.attributes, rest);
    return target && (schema === type.schema ? target : { urn: schema.urn, ...target });
  };
}

/** The same among several types: what only another one has is known, and absent (RFC 7644 3.4.2.1). */
export function sharedScope(type: ScimResourceType, others: readonly ScimResourceType[], profile: Profile): Scope {
  const own = resourceScope(type, profile);
  const foreign = others.map((each) => resourceScope(each, profile));
  return (name) => {
    const target = own(name);
    if (target) return target;
    const elsewhere = foreign.map((scope) => scope(name)).find((found) => found !== undefined);
    return elsewhere && { ...elsewhere, absent: true };
  };
}

type SchemasByUrn = ScimResourceType['schemas'];

const withOlderUrns = new WeakMap<ScimResourceType, SchemasByUrn>();

/** The schemas of a type by every URN that stands for them, in lower case. */
function schemasByUrn(type: ScimResourceType, profile: Profile): SchemasByUrn {
  if (!profile.olderUrns) return type.schemas;
  let all = withOlderUrns.get(type);
  if (!all) {
    const older = [...olderUrns].flatMap(([urn, meanings]) => {
      const schema = meanings.map((each) => type.schemas.get(foldName(each))).find((each) => each !== undefined);
      return schema ? [[urn, schema] as const] : [];
    });
    withOlderUrns.set(type, (all = new Map([...type.schemas, ...older])));
  }
  return all;
}

/** The schema that a URN names. */
export const schemaNamed = (type: ScimResourceType, urn: string, profile: Profile): ScimSchema | undefined =>
  schemasByUrn(type, profile).get(foldName(urn));

/**
 * The schema whose URN begins the name, and what stands after it: nothing, or the name of an attribute. A URN holds dots
 * and colons itself, so registered ones are matched first; the longest wins.
 */
export function schemaPrefix(type: ScimResourceType, name: string, profile: Profile) {
  const folded = foldName(name);
  if (!folded.startsWith('urn:')) return undefined;
  let longest = '';
  let found: ScimSchema | undefined;
  for (const [urn, schema] of schemasByUrn(type, profile)) {
    if (urn.length <= longest.length || !folded.startsWith(urn)) continue;
    const next = folded[urn.length];
    if (next !== undefined && next !== ':' && !(next === '.' && profile.dotAfterUrn)) continue;
    longest = urn;
    found = schema;
  }
  return found && { schema: found, rest: name.slice(longest.length + 1) };
}

/** Finds attributes inside one value of an attribute. A simple value is called `value` there (RFC 7643 2.4). */
export function valueScope(attribute: ScimAttribute): Scope {
  if (attribute.type === 'complex') return (name) => member(attribute.subAttributes, name, false);
  const value = { ...attribute, name: 'value', multiValued: false };
  return (name) => (foldName(name) === 'value' ? { attribute: value } : undefined);
}

function member(attributes: ScimAttributes, name: string, nested = true): Target | undefined {
  const [first = '', second, ...rest] = name.split('.');
  const attribute = attributes.get(foldName(first));
  if (!attribute || rest.length > 0) return undefined;
  if (second === undefined) return { attribute };
  const sub = nested ? attribute.subAttributes.get(foldName(second)) : undefined;
  return sub && { attribute, sub };
}

/** The attribute that a comparison compares: that of a complex one is its `value` (RFC 7643 2.4). */
export function comparedAttribute({ attribute, sub }: Target): ScimAttribute | undefined {
  const named = sub ?? attribute;
  return named.type === 'complex' ? named.subAttributes.get('value') : named;
}

/** A place in a text, and the words of the grammar that are read off it. */
export class Reader {
  position = 0;
  readonly text: string;
  private readonly kind: 'filter' | 'path';
  private readonly profile: Profile;
  private depth = 0;
  private terms = 0;
  private brackets = 0;

  constructor(text: string, kind: 'filter' | 'path', profile: Profile) {
    this.text = text;
    this.kind = kind;
    this.profile = profile;
    if (text.length > MAX_FILTER) throw new ScimError('tooMany', `A ${kind} may have ${MAX_FILTER} characters`);
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  refuse(message: string, position = this.position, scimType: ScimType = 'invalidFilter'): never {
    throw new ScimError(scimType, `${message}, at character ${position + 1} of the ${this.kind} ${quote(this.text)}`);
  }

  skipSpace(): void {
    while (this.text[this.position] === ' ') this.position += 1;
  }

  take(character: string): boolean {
    if (this.text[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  /** Everything up to a space, bracket, parenthesis or quote. */
  word(): string {
    const start = this.position;
    while (!this.atEnd && !' ()[]"'.includes(this.text[this.position]!)) this.position += 1;
    return this.text.slice(start, this.position);
  }

  /** Whether a switch that concerns filters, and not the paths of a PATCH, is on. */
  allows(name: 'filteredSubAttribute' | 'looseDates' | 'unquotedFilterValue'): boolean {
    return this.kind === 'filter' && this.profile[name];
  }

  /** Everything up to a space, or to the parenthesis or bracket that closes what it stands in. */
  unquoted(): string {
    const start = this.position;
    const ends = this.brackets > 0 ? ' )]' : ' )';
    while (!this.atEnd && !ends.includes(this.text[this.position]!)) this.position += 1;
    return this.text.slice(start, this.position);
  }

  /** Reads what stands in brackets, the closing one included. */
  bracketed<Result>(read: () => Result): Result {
    this.brackets += 1;
    const result = this.nested(read);
    this.brackets -= 1;
    if (!this.take(']')) this.refuse('Expected "]"');
    return result;
  }

  /** Takes a word of the grammar if it comes next. */
  keyword(expected: string): boolean {
    const start = this.position;
    if (this.word().toLowerCase() === expected) return true;
    this.position = start;
    return false;
  }

  nested<Result>(read: () => Result): Result {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) this.refuse(`Filters may be nested ${MAX_DEPTH} deep`, this.position, 'tooMany');
    const result = read();
    this.depth -= 1;
    return result;
  }

  countTerm(): void {
    this.terms += 1;
    if (this.terms > MAX_TERMS) this.refuse(`A filter may have ${MAX_TERMS} terms`, this.position, 'tooMany');
  }

  /** A JSON string (RFC 7159 7), up to its closing quote. */
  string(): string {
    const start = this.position;
    this.position += 1;
    while (!this.atEnd && this.text[this.position] !== '"') this.position += this.text[this.position] === '\\' ? 2 : 1;
    if (!this.take('"')) this.refuse('A string is not closed', start);
    try {
      return JSON.parse(this.text.slice(start, this.position)) as string;
    } catch {
      return this.refuse('A string is not a JSON string', start);
    }
  }
}

/** By which rules a filter is read. */
interface FilterRules {
  /** Default: the RFC alone. */
  readonly profile?: Profile;
  /** Other names of attributes, in lower case. */
  readonly aliases?: ReadonlyMap<string, string> | undefined;
  /** Types whose attributes may be named too. */
  readonly others?: readonly ScimResourceType[];
}

/** Reads a filter on resources of a type. */
export function parseFilter(
  text: string,
  type: ScimResourceType,
  { profile = profiles.strict, aliases, others = [] }: FilterRules = {},
): Filter {
  const reader = new Reader(text, 'filter', profile);
  const scope = sharedScope(type, others, profile);
  const filter = readFilter(reader, (name) => scope(aliases?.get(foldName(name)) ?? name));
  if (!reader.atEnd) reader.refuse('Expected "and", "or" or the end');
  return filter;
}

/** Reads a filter up to the end, or to the parenthesis or bracket that closes it. */
export function readFilter(reader: Reader, scope: Scope): Filter {
  // RFC 7644 3.4.2.2: "not" and grouping bind closest, then "and", then "or".
  const conjunction = () => readTerms(reader, 'and', () => readTerm(reader, scope));
  return readTerms(reader, 'or', conjunction);
}

function readTerms(reader: Reader, kind: 'and' | 'or', read: () => Filter): Filter {
  const terms = [read()];
  for (;;) {
    reader.skipSpace();
    if (!reader.keyword(kind)) break;
    reader.skipSpace();
    terms.push(read());
  }
  return terms.length === 1 ? terms[0]! : { kind, terms };
}

function readTerm(reader: Reader, scope: Scope): Filter {
  reader.skipSpace();
  if (reader.take('(')) return readGroup(reader, scope);
  const start = reader.position;
  if (reader.keyword('not')) {
    reader.skipSpace();
    if (reader.take('(')) return { kind: 'not', term: readGroup(reader, scope) };
    reader.position = start;
  }
  reader.countTerm();
  const name = reader.word();
  if (name === '') reader.refuse('Expected an attribute');
  const target = scope(name) ?? reader.refuse(`Unknown attribute ${quote(name)}`, start);
  if (reader.take('[')) return readValues(reader, target, start);
  reader.skipSpace();
  return readComparison(reader, target);
}

function readGroup(reader: Reader, scope: Scope): Filter {
  const filter = reader.nested(() => readFilter(reader, scope));
  if (!reader.take(')')) reader.refuse('Expected ")"');
  return filter;
}

function readValues(reader: Reader, target: Target, start: number): Filter {
  const filter = readValueFilter(reader, target, start);
  if (!reader.allows('filteredSubAttribute') || !reader.take('.')) return { kind: 'values', target, filter };
  reader.countTerm();
  const position = reader.position;
  const name = reader.word();
  const sub = valueScope(target.attribute)(name);
  if (!sub) return reader.refuse(`Unknown sub-attribute ${quote(name)}`, position);
  reader.skipSpace();
  const terms = filter.kind === 'and' ? filter.terms : [filter];
  return { kind: 'values', target, filter: { kind: 'and', terms: [...terms, readComparison(reader, sub)] } };
}

/** Reads what stands in brackets, the closing one included. */
export function readValueFilter(reader: Reader, { attribute, sub }: Target, start: number): Filter {
  if (sub || !attribute.multiValued) reader.refuse('Only a multi-valued attribute can be filtered', start);
  return reader.bracketed(() => readFilter(reader, valueScope(attribute)));
}

function readComparison(reader: Reader, target: Target): Filter {
  const start = reader.position;
  const operator = reader.word().toLowerCase();
  if (operator === 'pr') return { kind: 'present', target };
  if (!isCompareOperator(operator)) {
    return reader.refuse('Expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr)', start);
  }
  const attribute = comparedAttribute(target);
  if (!attribute || !operatorsOf[attribute.type].includes(operator)) {
    return reader.refuse(`${quote(printTarget(target))} cannot be compared with ${operator}`, start);
  }
  // The ABNF wants a space here; an example of RFC 7644 3.5.2.2 has none before the quote.
  reader.skipSpace();
  const position = reader.position;
  const literal = reader.text[position] === '"' ? { value: reader.string() } : readLiteral(reader);
  if (literal.value === null && (operator === 'eq' || operator === 'ne')) {
    return { kind: 'compare', target, operator, operand: null };
  }
  const isLooseDate = attribute.type === 'dateTime' && reader.allows('looseDates');
  const read = (given: unknown) =>
    operandOf[attribute.type](isLooseDate && typeof given === 'string' ? dateTimeOf(given) : given);
  const operand = read(literal.value) ?? read(literal.text);
  if (operand === undefined) {
    return reader.refuse(
      `${quote(printTarget(target))} is a ${attribute.type} and cannot be compared with this`,
      position,
    );
  }
  return { kind: 'compare', target, operator, operand: isId(target) ? inLowerCase(operand) : operand };
}

/** Whether the values are identifiers that the directory made; in brackets the list is not known. */
const isId = ({ attribute, sub }: Target): boolean =>
  sub
    ? sub.name === 'value' && ['members', 'groups'].includes(attribute.name)
    : ['id', 'value'].includes(attribute.name);

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** A UUID is read in any case, and written in lower case (RFC 9562 4). */
const inLowerCase = <Operand>(operand: Operand): Operand | string =>
  typeof operand === 'string' && UUID.test(operand) ? operand.toLowerCase() : operand;

const isCompareOperator = (word: string): word is CompareOperator =>
  (compareOperators as readonly string[]).includes(word);

const literals: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

// RFC 7159 6.
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** An operand without quotes: its value as JSON, and its text where a text needs no quotes. */
interface Literal {
  readonly value?: string | number | boolean | null;
  readonly text?: string;
}

function readLiteral(reader: Reader): Literal {
  const start = reader.position;
  const isText = reader.allows('unquotedFilterValue');
  const word = isText ? reader.unquoted() : reader.word();
  const value = jsonNumber.test(word) ? Number(word) : literals.get(word);
  // Single quotes are a mistake, and not a part of the text.
  if (word === '' || word.startsWith("'") || (value === undefined && !isText)) {
    reader.refuse('Expected a string in quotes, a number, true, false or null', start);
  }
  return { ...(value !== undefined && { value }), ...(isText && { text: word }) };
}

const quote = (text: string): string => JSON.stringify(text);

export function printTarget({ urn, attribute, sub }: Target): string {
  return `${urn === undefined ? '' : `${urn}:`}${attribute.name}${sub ? `.${sub.name}` : ''}`;
}

/** Writes a filter so that reading it gives the same filter. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.terms.map(printOperand).join(` ${filter.kind} `);
    case 'not':
      return `not (${printFilter(filter.term)})`;
    case 'present':
      return `${printTarget(filter.target)} pr`;
    case 'values':
      return `${printTarget(filter.target)}[${printFilter(filter.filter)}]`;
    default:
      return `${printTarget(filter.target)} ${filter.operator} ${JSON.stringify(filter.operand)}`;
  }
}

const printOperand = (filter: Filter): string =>
  filter.kind === 'and' || filter.kind === 'or' ? `(${printFilter(filter)})` : printFilter(filter);

/** What a value of a multi-valued attribute looks like from inside brackets. */
export const asElement = (value: unknown): Json => (isObject(value) ? value : { value });

const isAssigned = (value: unknown): boolean => value !== undefined && value !== null;

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : isAssigned(value) ? [value] : [];

/** @param implied what stands for a part that is not said */
function valuesOf({ urn, attribute, sub, absent }: Target, resource: Json, implied?: boolean): readonly unknown[] {
  const container = urn === undefined ? resource : resource[urn];
  if (absent || !isObject(container)) return [];
  const values = listOf(container[attribute.name] ?? (sub ? undefined : implied));
  return sub ? values.flatMap((value) => (isObject(value) ? listOf(value[sub.name] ?? implied) : [])) : values;
}

/** Two values of an attribute in the form in which they are compared. */
export function comparable({ type, caseExact }: ScimAttribute, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (type === 'dateTime') return instantOf(value);
  return caseExact ? value : foldKey(value);
}

/**
 * What is compared where a value says nothing. RFC 7643 2.4: "If not specified, the value of "primary" SHALL be assumed
 * to be "false"."
 */
export function impliedValue({ name, type }: ScimAttribute): boolean | undefined {
  return name === 'primary' && type === 'boolean' ? false : undefined;
}

type Ordered = string | number;

/**
 * Texts stand in the order of their code points, as they do in the database. JavaScript's own operators compare UTF-16
 * units, and so put U+1F600 before U+FB01.
 */
function order(left: Ordered, right: Ordered): number {
  if (typeof left === 'number' || typeof right === 'number') return Number(left) - Number(right);
  let index = 0;
  while (index < left.length && left[index] === right[index]) index += 1;
  return (left.codePointAt(index) ?? -1) - (right.codePointAt(index) ?? -1);
}

type Test = (value: never, operand: never) => boolean;

const tests: Readonly<Record<Exclude<CompareOperator, 'ne'>, Test>> = {
  eq: (value: unknown, operand: unknown) => value === operand,
  co: (value: string, operand: string) => value.includes(operand),
  sw: (value: string, operand: string) => value.startsWith(operand),
  ew: (value: string, operand: string) => value.endsWith(operand),
  gt: (value: Ordered, operand: Ordered) => order(value, operand) > 0,
  ge: (value: Ordered, operand: Ordered) => order(value, operand) >= 0,
  lt: (value: Ordered, operand: Ordered) => order(value, operand) < 0,
  le: (value: Ordered, operand: Ordered) => order(value, operand) <= 0,
};

// RFC 7644 3.4.2.2: "if it contains a non-empty node for complex attributes".
const isPresent = (value: unknown): boolean =>
  isObject(value)
    ? Object.values(value).some(isPresent)
    : Array.isArray(value)
      ? value.some(isPresent)
      : isAssigned(value) && value !== '';

type Selects = (resource: Json) => boolean;

function comparison({ target, operator, operand }: Extract<Filter, { kind: 'compare' }>): Selects {
  const attribute = comparedAttribute(target)!;
  const read = (value: unknown) => comparable(attribute, isObject(value) ? value[attribute.name] : value);
  const implied = operand === null ? undefined : impliedValue(attribute);
  const values = (resource: Json) => valuesOf(target, resource, implied).map(read).filter(isAssigned);
  if (operand === null) return (resource) => values(resource).length > 0 === (operator === 'ne');
  const wanted = comparable(attribute, operand);
  // RFC 7644 3.4.2.2: a multi-valued attribute matches if any of its values does. No value is not equal to anything.
  if (operator === 'ne') {
    return (resource) => {
      const present = values(resource);
      return present.length === 0 || present.some((value) => value !== wanted);
    };
  }
  const test = tests[operator] as (value: unknown, operand: unknown) => boolean;
  return (resource) => values(resource).some((value) => test(value, wanted));
}

/** The test that a filter is: whether it selects a resource, or one value of an attribute. */
export function selectorOf(filter: Filter): Selects {
  switch (filter.kind) {
    case 'and': {
      const terms = filter.terms.map(selectorOf);
      return (resource) => terms.every((selects) => selects(resource));
    }
    case 'or': {
      const terms = filter.terms.map(selectorOf);
      return (resource) => terms.some((selects) => selects(resource));
    }
    case 'not': {
      const selects = selectorOf(filter.term);
      return (resource) => !selects(resource);
    }
    case 'present':
      return (resource) => valuesOf(filter.target, resource).some(isPresent);
    case 'values': {
      const selects = selectorOf(filter.filter);
      return (resource) => valuesOf(filter.target, resource).some((value) => selects(asElement(value)));
    }
    default:
      return comparison(filter);
  }
}

/** How many comparisons a filter makes of one resource at most. */
export function countTerms(filter: Filter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.terms.reduce((count, term) => count + countTerms(term), 0);
    case 'not':
      return countTerms(filter.term);
    case 'values':
      return countTerms(filter.filter);
    default:
      return 1;
  }
}
