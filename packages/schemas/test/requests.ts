import fc from 'fast-check';
import { foldName, type ScimAttribute, type ScimResourceType } from '../src/scim/attribute.ts';
import { printTarget, type Target } from '../src/scim/filter.ts';
import { groupType } from '../src/scim/group.ts';
import { isObject, type Json } from '../src/scim/json.ts';
import { urns } from '../src/scim/urn.ts';
import { userType } from '../src/scim/user.ts';

/** A write, as RFC 7643 and RFC 7644 spell it, or otherwise. */
export interface Sent {
  readonly type: 'User' | 'Group';
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly body: Json;
}

export const typesByName = { User: userType, Group: groupType } as const;

/** A resource that is there, and a write that changes it. */
export interface Write {
  /** The body that created it. */
  readonly base: Json;
  readonly sent: Sent;
}

/** The id of the resource that a write changes. Where a server gives it, it is replaced. */
export const RESOURCE_ID = '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55';

/** The members that groups may have. Where a server gives the ids, they are replaced. */
export const memberIds = ['a1', 'a2', 'a3', 'a4'].map((end) => `00000000-0000-4000-8000-0000000000${end}`);

const word = fc.stringMatching(/^[a-z]{1,6}$/);

function simpleValue({ name, type, canonicalValues }: ScimAttribute, owner: string): fc.Arbitrary<unknown> {
  if (type === 'boolean') return fc.boolean();
  if (type === 'dateTime') return fc.constantFrom('2026-03-01T08:30:00Z', '2026-03-01T08:30:00.123+02:00');
  if (canonicalValues) return fc.constantFrom(...canonicalValues);
  if (owner === 'emails' && name === 'value') return word.map((local) => `${local}@example.com`);
  return name === 'password' ? word.map((secret) => `Tarn-Lake-${secret}-77`) : word;
}

const isWritten = ({ name, mutability }: ScimAttribute): boolean => mutability !== 'readOnly' && name !== 'schemas';

/** A value of a complex attribute with one sub-attribute at least. Often it is `value` alone. */
function complexValue(attribute: ScimAttribute): fc.Arbitrary<Json> {
  const subs = [...attribute.subAttributes.values()].filter(isWritten);
  const any = fc
    .record(Object.fromEntries(subs.map((sub) => [sub.name, simpleValue(sub, attribute.name)])), { requiredKeys: [] })
    .filter((value) => Object.keys(value).length > 0);
  const value = attribute.subAttributes.get('value');
  return value ? fc.oneof(any, fc.record({ value: simpleValue(value, attribute.name) })) : any;
}

const onePrimary = (values: readonly unknown[]): readonly unknown[] => {
  const first = values.findIndex((value) => isObject(value) && value['primary'] === true);
  return values.map((value, index) =>
    isObject(value) && index !== first && value['primary'] ? { ...value, primary: false } : value,
  );
};

const singleValue = (attribute: ScimAttribute): fc.Arbitrary<unknown> =>
  attribute.type === 'complex' ? complexValue(attribute) : simpleValue(attribute, '');

const valueOf = (attribute: ScimAttribute): fc.Arbitrary<unknown> =>
  attribute.multiValued
    ? fc.array(singleValue(attribute), { minLength: 1, maxLength: 3 }).map(onePrimary)
    : singleValue(attribute);

const mayBeCleared = ({ required, mutability }: ScimAttribute): boolean => !required && mutability === 'readWrite';

const withNull = (attribute: ScimAttribute): fc.Arbitrary<unknown> =>
  mayBeCleared(attribute)
    ? fc.oneof({ weight: 5, arbitrary: valueOf(attribute) }, fc.constant(null))
    : valueOf(attribute);

/** Values of the attributes that are required, and of a few others. */
const some = (attributes: Iterable<ScimAttribute>): fc.Arbitrary<Json> => {
  const written = [...attributes].filter(isWritten);
  const required = written.filter((each) => each.required);
  const others = written.filter((each) => !each.required);
  return fc
    .uniqueArray(fc.constantFrom(...others), { maxLength: 6 })
    .chain((chosen) =>
      fc.record(Object.fromEntries([...required, ...chosen].map((each) => [each.name, withNull(each)]))),
    );
};

/** The body of a POST or PUT of a user. `schemas` names the extensions that are there. */
export const userBody: fc.Arbitrary<Json> = fc
  .tuple(
    some(userType.schema.attributes.values()),
    ...userType.extensions.map(({ urn, attributes }) =>
      fc.option(some(attributes.values()), { nil: undefined }).map((value) => (value ? { [urn]: value } : {})),
    ),
  )
  .map(([core, ...extensions]) => ({
    schemas: [urns.user, ...extensions.flatMap(Object.keys)],
    ...core,
    ...(Object.assign({}, ...extensions) as Json),
  }));

const userTargets: readonly Target[] = [...userType.schemas.values()].flatMap(({ urn, attributes }) =>
  [...attributes.values()]
    .filter(isWritten)
    .map((attribute) => (urn === urns.user ? { attribute } : { urn, attribute })),
);

type Operation = Json;

/** An operation at an attribute of a user, or at a part of it. A filter selects values that the user has. */
function operationAt(base: Json, target: Target): fc.Arbitrary<Operation> {
  const { urn, attribute } = target;
  const path = printTarget(target);
  const op = fc.constantFrom('add', 'replace');
  const at = (path: string, value: fc.Arbitrary<unknown>) => fc.record({ op, path: fc.constant(path), value });
  const choices: fc.Arbitrary<Operation>[] = [at(path, withNull(attribute))];
  if (mayBeCleared(attribute)) choices.push(fc.constant({ op: 'remove', path }));
  if (attribute.type !== 'complex') return fc.oneof(...choices);
  const subs = [...attribute.subAttributes.values()].filter((sub) => isWritten(sub) && sub.name !== 'primary');
  if (!attribute.multiValued) {
    for (const sub of subs) choices.push(at(`${path}.${sub.name}`, simpleValue(sub, attribute.name)));
    return fc.oneof(...choices);
  }
  const resource = (urn === undefined ? base : base[urn]) as Json | undefined;
  const values = (resource?.[attribute.name] ?? []) as readonly Json[];
  for (const type of new Set(values.flatMap((each) => (typeof each['type'] === 'string' ? [each['type']] : [])))) {
    const selected = `${path}[type eq ${JSON.stringify(type)}]`;
    const element = complexValue(attribute).map((value) => ({ type, ...value, primary: false }));
    choices.push(fc.constant({ op: 'remove', path: selected }), at(selected, element));
    for (const sub of subs) choices.push(at(`${selected}.${sub.name}`, simpleValue(sub, attribute.name)));
  }
  return fc.oneof(...choices);
}

/** An operation without a path: its value holds attributes. */
function operationWithout(targets: readonly Target[]): fc.Arbitrary<Operation> {
  const value = fc
    .tuple(...targets.map(({ urn, attribute }) => withNull(attribute).map((value) => ({ urn, attribute, value }))))
    .map((pairs) => {
      const held: Record<string, unknown> = {};
      for (const { urn, attribute, value } of pairs) {
        if (urn === undefined) held[attribute.name] = value;
        else held[urn] = { ...(held[urn] as Json | undefined), [attribute.name]: value };
      }
      return held;
    });
  return fc.record({ op: fc.constantFrom('add', 'replace'), value });
}

/** Operations on attributes that differ, so that each filter selects what the user has had before. */
const userOperations = (base: Json): fc.Arbitrary<readonly Operation[]> =>
  fc
    .tuple(fc.uniqueArray(fc.constantFrom(...userTargets), { minLength: 1, maxLength: 6 }), fc.nat({ max: 4 }))
    .chain(([targets, apart]) => {
      const together = targets.slice(apart);
      const operations = targets.slice(0, apart).map((target) => operationAt(base, target));
      return fc.tuple(...operations, ...(together.length > 0 ? [operationWithout(together)] : []));
    });

const member = fc.record(
  { value: fc.constantFrom(...memberIds), type: fc.constant('User'), display: word },
  { requiredKeys: ['value'] },
);
const members = fc.uniqueArray(member, { selector: ({ value }) => value, minLength: 1, maxLength: 3 });

const groupBody: fc.Arbitrary<Json> = fc
  .record(
    { displayName: word, externalId: fc.oneof(word, fc.constant(null)), members: fc.oneof(members, fc.constant([])) },
    { requiredKeys: ['displayName'] },
  )
  .map((group) => ({ schemas: [urns.group], ...group }));

const groupOperation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constantFrom('add', 'replace', 'remove'), path: fc.constant('members'), value: members }),
  fc.record({
    op: fc.constantFrom('add', 'replace'),
    value: fc.record({ members, displayName: word }, { requiredKeys: [] }),
  }),
  fc.record({ op: fc.constant('replace'), path: fc.constant('displayName'), value: word }),
  fc.record({
    op: fc.constantFrom('add', 'replace'),
    path: fc.constant('externalId'),
    value: fc.oneof(word, fc.constant(null)),
  }),
  fc.constantFrom({ op: 'remove', path: 'externalId' }, { op: 'remove', path: 'members' }),
);

/** A new user, another one in its place, or a change of it. */
export const userWrite: fc.Arbitrary<Write> = userBody.chain((base) =>
  fc.oneof(
    userBody.map((body): Write => ({ base, sent: { type: 'User', method: 'POST', body } })),
    userBody.map((body): Write => ({ base, sent: { type: 'User', method: 'PUT', body } })),
    { weight: 3, arbitrary: userOperations(base).map((Operations) => patchOf('User', base, Operations)) },
  ),
);

export const patchOf = (type: Sent['type'], base: Json, Operations: readonly Operation[]): Write => ({
  base,
  sent: { type, method: 'PATCH', body: { schemas: [urns.patchOp], Operations } },
});

export const groupWrite: fc.Arbitrary<Write> = groupBody.chain((base) =>
  fc.oneof(
    groupBody.map((body): Write => ({ base, sent: { type: 'Group', method: 'POST', body } })),
    groupBody.map((body): Write => ({ base, sent: { type: 'Group', method: 'PUT', body } })),
    {
      weight: 2,
      arbitrary: fc
        .array(groupOperation, { minLength: 1, maxLength: 4 })
        .map((Operations) => patchOf('Group', base, Operations)),
    },
  ),
);

/** A term of a filter on users, as RFC 7644 3.4.2.2 writes it and as clients do. */
export interface FilterText {
  readonly rfc: string;
  readonly sent: string;
}

const same = (text: string): FilterText => ({ rfc: text, sent: text });

const stringOperator = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'le');

/** Texts that need no quotes, for clients that send none. */
const bare = fc.constantFrom('mira', 'mira@example.com', 'CORP/mira', "O'Brien", '007', 'true', 'a.b:c', '-1');
const quoted = fc.oneof(bare, fc.constantFrom('two words', 'a)b', 'say "x"', ''));

/** Dates in the form of xsd:dateTime, and as clients write them. */
const dates = fc.constantFrom(
  ['2026-03-01T00:00:00Z', '2026-03-01'],
  ['2026-03-01T08:30:00+00:00', '2026-03-01T08:30:00+0000'],
  ['2026-03-01T08:30:00.123-07:00', '2026-03-01T08:30:00.123-0700'],
);

const dateComparison = (name: string): fc.Arbitrary<FilterText> =>
  fc.tuple(fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'), dates).map(([op, [rfc, sent]]) => ({
    rfc: `${name} ${op} "${rfc}"`,
    sent: `${name} ${op} "${sent}"`,
  }));

function comparison(name: string, attribute: ScimAttribute): fc.Arbitrary<FilterText> {
  const present = fc.constant(same(`${name} pr`));
  if (attribute.type === 'boolean') {
    const equal = fc.tuple(fc.constantFrom('eq', 'ne'), fc.boolean(), fc.boolean()).map(([op, value, capital]) => ({
      rfc: `${name} ${op} ${value}`,
      sent: `${name} ${op} ${capital ? (value ? 'True' : 'False') : value}`,
    }));
    return fc.oneof({ weight: 3, arbitrary: equal }, present);
  }
  if (attribute.type === 'dateTime') return fc.oneof({ weight: 3, arbitrary: dateComparison(name) }, present);
  if (attribute.type !== 'string') return present;
  const withQuotes = fc
    .tuple(stringOperator, quoted)
    .map(([op, text]) => same(`${name} ${op} ${JSON.stringify(text)}`));
  const without = fc.tuple(stringOperator, bare).map(([op, text]) => ({
    rfc: `${name} ${op} ${JSON.stringify(text)}`,
    sent: `${name} ${op} ${text}`,
  }));
  return fc.oneof(withQuotes, without, present);
}

const joined = (parts: readonly FilterText[], join: (texts: readonly string[]) => string): FilterText => ({
  rfc: join(parts.map(({ rfc }) => rfc)),
  sent: join(parts.map(({ sent }) => sent)),
});

/** `emails[type eq "work" and value eq "x"]`, which clients write as `emails[type eq "work"].value eq "x"`. */
function ofValues({ name, subAttributes }: ScimAttribute): fc.Arbitrary<FilterText> {
  const part = fc
    .constantFrom(...subAttributes.values())
    .chain((sub) => comparison(sub.name, sub).map((text) => ({ sub, text })));
  return fc.tuple(fc.array(part, { minLength: 1, maxLength: 2 }), part, fc.boolean()).map(([before, last, outside]) => {
    const within = joined([...before.map(({ text }) => text), last.text], (texts) => `${name}[${texts.join(' and ')}]`);
    if (!outside) return within;
    const selected = before.map(({ text }) => text.sent).join(' and ');
    return {
      ...within,
      sent: `${name}[${selected}].${last.text.sent}`,
    };
  });
}

function filterTerm(type: ScimResourceType): fc.Arbitrary<FilterText> {
  const attributes = [...type.schema.attributes.values()].filter(({ returned }) => returned !== 'never');
  const simple = attributes.filter((each) => each.type !== 'complex' && !each.multiValued);
  const lists = attributes.filter((each) => each.type === 'complex' && each.multiValued);
  const created = type.schema.attributes.get('meta')!.subAttributes.get('created')!;
  return fc.oneof(
    fc.constantFrom(...simple).chain((each) => comparison(each.name, each)),
    comparison('meta.created', created),
    { weight: 2, arbitrary: fc.constantFrom(...lists).chain(ofValues) },
  );
}

/** A filter on resources of a type, with `and`, `or`, `not` and parentheses. */
export const filterOf = (type: ScimResourceType): fc.Arbitrary<FilterText> => {
  const term = filterTerm(type);
  const two = fc.tuple(term, term);
  return fc.oneof(
    term,
    two.map((parts) => joined(parts, (texts) => texts.join(' and '))),
    two.map((parts) => joined(parts, (texts) => texts.join(' or '))),
    fc
      .tuple(term, two)
      .map(([one, others]) =>
        joined([one, ...others], ([first, ...rest]) => `${first} and not (${rest.join(' or ')})`),
      ),
  );
};

/** Whether a name in a body is that of an attribute. */
export const attributeNamed = (type: ScimResourceType, name: string): ScimAttribute | undefined =>
  type.schema.attributes.get(foldName(name));
