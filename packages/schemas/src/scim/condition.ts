import { type UserAttribute, userAttributes } from '../canonical/attribute.ts';
import {
  allOf,
  anyOf,
  type Comparator,
  type Condition,
  constant,
  type GroupField,
  ITSELF,
  type MemberField,
  type MembershipField,
  negationOf,
  type UserField,
} from '../canonical/condition.ts';
import { defined } from '../canonical/defined.ts';
import type { ExternalId } from '../canonical/external-id.ts';
import type { AttributeType, ScimAttribute, ScimResourceType } from './attribute.ts';
import { ScimError } from './error.ts';
import { instantOf } from './field.ts';
import {
  asElement,
  comparedAttribute,
  type CompareOperator,
  type Filter,
  impliedValue,
  selectorOf,
  type Target,
} from './filter.ts';
import { groupType } from './group.ts';
import { urns } from './urn.ts';
import { extensionGroups, scimPaths, type ScimUserPath, userType } from './user.ts';

/** What the meaning of a filter depends on besides the filter. */
export interface FilterContext {
  /** What the addresses of resources begin with: `https://stele.example.com/scim/v2`. */
  readonly base: string;
  /** The provisioning domain of the client, whose `externalId` is meant. */
  readonly domain: string;
}

/** Where SCIM finds a value of an attribute: in a field, or in what SCIM itself says while something holds. */
type Source<Field extends string> = (
  | { readonly field: Field; readonly before?: string; readonly after?: string }
  | { readonly constant: string | boolean }
) & {
  readonly when?: Condition<Field>;
  /** The field is a part of those values of a list of which a condition holds. */
  readonly among?: { readonly list: string; readonly where: Condition<string> };
};

/** Attributes that no field of the same name holds, by path. */
type Sources<Field extends string> = Readonly<Record<string, readonly Source<Field>[]>>;

const holdsExtension = (urn: string): Condition<UserField> =>
  anyOf(
    ...userAttributes
      .filter((attribute) => scimPaths.get(attribute)![0] === urn)
      .map((field) => ({ kind: 'assigned' as const, field })),
  );

const isActive: Condition<UserField> = { kind: 'compare', field: 'status', operator: '=', operand: 'active' };

const commonSources = (
  type: ScimResourceType,
  { base, domain }: FilterContext,
): Sources<(UserField & GroupField) | keyof ExternalId> => ({
  externalId: [
    {
      field: 'value',
      among: { list: 'externalIds', where: { kind: 'compare', field: 'domain', operator: '=', operand: domain } },
    },
  ],
  'meta.resourceType': [{ constant: type.name }],
  'meta.created': [{ field: 'createdAt' }],
  'meta.lastModified': [{ field: 'updatedAt' }],
  'meta.version': [{ field: 'version', before: '"', after: '"' }],
  'meta.location': [{ field: 'id', before: `${base}${type.endpoint}/` }],
});

type UserSources = Sources<UserField | MembershipField | keyof ExternalId>;

/** Every attribute that has another path in the canonical user has its sources here. */
const userSources = (
  context: FilterContext,
): UserSources & Pick<UserSources, Exclude<ScimUserPath, UserAttribute | 'externalId'>> => ({
  ...commonSources(userType, context),
  schemas: [
    { constant: urns.user },
    ...userType.extensions.map(({ urn }) => ({ constant: urn, when: holdsExtension(urn) })),
  ],
  active: [
    { constant: true, when: isActive },
    { constant: false, when: negationOf(isActive) },
  ],
  // RFC 7643 7: what is never returned MAY be used in a filter. A hash has nothing to compare: it is never there.
  password: [],
  'groups.value': [{ field: 'id' }],
  'groups.$ref': [{ field: 'id', before: `${context.base}${groupType.endpoint}/` }],
  'groups.type': [
    { constant: 'direct', when: { kind: 'compare', field: 'direct', operator: '=', operand: true } },
    { constant: 'indirect', when: { kind: 'compare', field: 'direct', operator: '=', operand: false } },
  ],
  'enterprise.manager.$ref': [{ field: 'enterprise.manager.ref' }],
  'enterprise.manager.displayName': [],
});

const groupSources = (context: FilterContext): Sources<GroupField | MemberField | keyof ExternalId> => ({
  ...commonSources(groupType, context),
  schemas: [{ constant: urns.group }],
  'members.value': [{ field: 'id' }],
  'members.$ref': [userType, groupType].map(({ name, endpoint }) => ({
    field: 'id',
    before: `${context.base}${endpoint}/`,
    when: { kind: 'compare', field: 'type', operator: '=', operand: name },
  })),
});

const sourcesOf = new Map<ScimResourceType, (context: FilterContext) => Sources<string>>([
  [userType, userSources],
  [groupType, groupSources],
]);

const comparators: Readonly<Record<Exclude<CompareOperator, 'ne'>, Comparator>> = {
  eq: '=',
  co: 'contains',
  sw: 'startsWith',
  ew: 'endsWith',
  gt: '>',
  ge: '>=',
  lt: '<',
  le: '<=',
};

const texts: ReadonlySet<AttributeType> = new Set(['string', 'reference', 'binary']);

type Comparison = Extract<Filter, { kind: 'compare' }>;
type Operand = Exclude<Comparison['operand'], null>;

/** What a filter asks of one value. */
type Question = (source: Source<string>, leaf: ScimAttribute) => Condition<string>;

const placeOf = ({ field, before, after }: Extract<Source<string>, { field: string }>) => ({
  field,
  ...defined({ before, after }),
});

const isAssigned: Question = (source) =>
  'constant' in source ? constant(true) : { kind: 'assigned', field: source.field };

const isPresent: Question = (source, leaf) => {
  if ('constant' in source || !texts.has(leaf.type)) return isAssigned(source, leaf);
  const place = placeOf(source);
  // Of all texts only the empty one is not after the empty one.
  return { kind: 'compare', ...place, operator: '>', operand: '' };
};

const compares =
  (operator: Exclude<CompareOperator, 'ne'>, operand: Operand): Question =>
  (source, leaf) => {
    if ('constant' in source) {
      const filter: Filter = { kind: 'compare', target: { attribute: leaf }, operator, operand };
      return constant(selectorOf(filter)({ [leaf.name]: source.constant }));
    }
    const place = placeOf(source);
    return {
      kind: 'compare',
      ...place,
      operator: comparators[operator],
      // No attribute is a number.
      operand: leaf.type === 'dateTime' ? new Date(instantOf(operand as string)) : (operand as string | boolean),
      ...(leaf.type === 'string' && !leaf.caseExact && { folded: true }),
    };
  };

const both =
  (...questions: readonly Question[]): Question =>
  (source, leaf) =>
    allOf(...questions.map((ask) => ask(source, leaf)));

const either =
  (...questions: readonly Question[]): Question =>
  (source, leaf) =>
    anyOf(...questions.map((ask) => ask(source, leaf)));

const always: Question = () => constant(true);

const not =
  (question: Question): Question =>
  (source, leaf) =>
    negationOf(question(source, leaf));

/** The text of an operand goes to the database, which has no place for these characters. No attribute holds them. */
function assertStorable(operand: Comparison['operand']): void {
  if (typeof operand !== 'string' || (operand.isWellFormed() && !operand.includes('\0'))) return;
  throw new ScimError('invalidFilter', 'A string of a filter holds U+0000 or half of a surrogate pair');
}

/** A list in whose values something is looked for. */
interface List {
  readonly path: string;
  readonly attribute: ScimAttribute;
}

class Translator {
  private readonly sources: Sources<string>;

  constructor(sources: Sources<string>) {
    this.sources = sources;
  }

  /** @param inside the list whose values the filter is about, in brackets */
  translate(filter: Filter, inside?: List): Condition<string> {
    switch (filter.kind) {
      case 'and':
        return allOf(...filter.terms.map((term) => this.translate(term, inside)));
      case 'or':
        return anyOf(...filter.terms.map((term) => this.translate(term, inside)));
      case 'not':
        return negationOf(this.translate(filter.term, inside));
      case 'present':
        return this.present(filter.target, inside);
      case 'values':
        return this.values(filter.target, filter.filter);
      default:
        return this.compare(filter, inside);
    }
  }

  private present(target: Target, inside: List | undefined): Condition<string> {
    const named = target.sub ?? target.attribute;
    const leaves = named.type === 'complex' ? [...named.subAttributes.values()] : [named];
    return this.some(target, leaves, isPresent, inside);
  }

  private values(target: Target, filter: Filter): Condition<string> {
    if (target.absent) return constant(false);
    const list = this.listOf(target);
    if (list) return some(list, this.translate(filter, list));
    const selects = selectorOf(filter);
    return eachOf(this.sources[pathOf(target)]!, (source) =>
      constant('constant' in source && selects(asElement(source.constant))),
    );
  }

  private compare({ target, operator, operand }: Comparison, inside: List | undefined): Condition<string> {
    assertStorable(operand);
    const leaf = comparedAttribute(target)!;
    const any = (question: Question) => this.some(target, [leaf], question, inside);
    if (operand === null) return operator === 'ne' ? any(isAssigned) : negationOf(any(isAssigned));
    const implied = impliedValue(leaf);
    const test = compares(operator === 'ne' ? 'eq' : operator, operand);
    const equals = implied === operand ? either(test, not(isAssigned)) : test;
    if (operator !== 'ne') return any(equals);
    const isThere = implied === undefined ? isAssigned : always;
    // RFC 7644 3.4.2.2: a multi-valued attribute matches if any of its values does. No value is not equal to anything.
    return target.attribute.multiValued
      ? anyOf(negationOf(any(isThere)), any(both(isThere, not(equals))))
      : negationOf(any(equals));
  }

  /** Some value of a target, or some part of it, is such that the answer is yes. */
  private some(
    target: Target,
    leaves: readonly ScimAttribute[],
    question: Question,
    inside: List | undefined,
  ): Condition<string> {
    const list = inside ?? this.listOf(target);
    const condition = anyOf(
      ...leaves.map((leaf) => {
        const sources = list ? this.sourcesInList(list, leaf) : this.sourcesInResource(target, leaf);
        return eachOf(sources, (source) => question(source, leaf));
      }),
    );
    return list && !inside ? some(list, condition) : condition;
  }

  private listOf(target: Target): List | undefined {
    if (target.absent) return undefined;
    const path = pathOf(target);
    return target.attribute.multiValued && !this.sources[path] ? { path, attribute: target.attribute } : undefined;
  }

  private sourcesInList({ path, attribute }: List, leaf: ScimAttribute): readonly Source<string>[] {
    const field = attribute.type === 'complex' ? leaf.name : ITSELF;
    return this.sources[`${path}.${leaf.name}`] ?? [{ field }];
  }

  private sourcesInResource(target: Target, leaf: ScimAttribute): readonly Source<string>[] {
    if (target.absent) return [];
    const path = pathOf(target);
    const field = leaf === target.attribute ? path : `${path}.${leaf.name}`;
    return this.sources[field] ?? [{ field }];
  }
}

/** The path of an attribute in a resource, without its part. */
const pathOf = ({ urn, attribute }: Target): string =>
  urn === undefined ? attribute.name : `${extensionGroups[urn as keyof typeof extensionGroups]}.${attribute.name}`;

const some = ({ path }: List, condition: Condition<string>): Condition<string> =>
  condition.kind === 'constant' && !condition.holds ? condition : { kind: 'some', field: path, condition };

const eachOf = (
  sources: readonly Source<string>[],
  conditionOf: (source: Source<string>) => Condition<string>,
): Condition<string> =>
  anyOf(
    ...sources.map((source) => {
      const { when = constant(true), among } = source;
      if (!among) return allOf(when, conditionOf(source));
      return allOf(when, { kind: 'some', field: among.list, condition: allOf(among.where, conditionOf(source)) });
    }),
  );

/**
 * What a filter means below SCIM: the condition holds of exactly those users, or groups, whose SCIM form `selectorOf`
 * selects.
 */
export function conditionOf(filter: Filter, type: ScimResourceType, context: FilterContext): Condition {
  return new Translator(sourcesOf.get(type)!(context)).translate(filter) as Condition;
}

const members: ScimAttribute = groupType.schema.attributes.get('members')!;

/** What a filter means that selects members of one group: what stands in brackets after `members`. They have no `externalId`. */
export function memberCondition(filter: Filter, base = '..'): Condition<MemberField> {
  const list = { path: members.name, attribute: members };
  return new Translator(groupSources({ base, domain: '' })).translate(filter, list) as Condition<MemberField>;
}
