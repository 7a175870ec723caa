import fc from 'fast-check';
import type { ScimAttribute, ScimResourceType, ScimSchema } from '../src/scim/attribute.ts';
import { isObject, type Json } from '../src/scim/json.ts';
import { findPath } from '../src/scim/path.ts';
import { profiles } from '../src/scim/profile.ts';
import { urns } from '../src/scim/urn.ts';
import { attributeNamed, patchOf, RESOURCE_ID, type Sent, typesByName, userBody, type Write } from './requests.ts';

type Way = readonly (string | number)[];

/** A value in a request, and what the schema says of it. */
interface Place {
  readonly way: Way;
  readonly value: unknown;
  /** An object with attributes, a value that is the only one, one of several, or all of several. */
  readonly role: 'container' | 'single' | 'element' | 'list';
  readonly attribute?: ScimAttribute;
}

function* singlePlaces(attribute: ScimAttribute, value: unknown, way: Way, role: Place['role']): Generator<Place> {
  yield { way, value, role, attribute };
  if (attribute.type !== 'complex' || !isObject(value)) return;
  for (const [name, each] of Object.entries(value)) {
    const sub = attribute.subAttributes.get(name.toLowerCase());
    if (sub) yield* attributePlaces(sub, each, [...way, name]);
  }
}

function* attributePlaces(attribute: ScimAttribute, value: unknown, way: Way): Generator<Place> {
  if (attribute.mutability === 'readOnly' || attribute.name === 'schemas') return;
  if (!attribute.multiValued) {
    yield* singlePlaces(attribute, value, way, 'single');
    return;
  }
  yield { way, value, role: 'list', attribute };
  if (!Array.isArray(value)) return;
  for (const [index, each] of value.entries()) yield* singlePlaces(attribute, each, [...way, index], 'element');
}

function* resourcePlaces(type: ScimResourceType, value: Json, way: Way): Generator<Place> {
  for (const [name, each] of Object.entries(value)) {
    const extension = type.extensions.find(({ urn }) => urn === name);
    const attribute = attributeNamed(type, name);
    if (attribute) yield* attributePlaces(attribute, each, [...way, name]);
    if (!extension) continue;
    yield { way: [...way, name], value: each, role: 'container' };
    for (const [inner, held] of Object.entries(isObject(each) ? each : {})) {
      const known = extension.attributes.get(inner.toLowerCase());
      if (known) yield* attributePlaces(known, held, [...way, name, inner]);
    }
  }
}

function* operationPlaces(type: ScimResourceType, operation: Json, way: Way): Generator<Place> {
  const { op, path, value } = operation;
  if (op === 'remove' || value === undefined) return;
  const at = [...way, 'value'];
  if (path === undefined) {
    yield { way: at, value, role: 'container' };
    if (isObject(value)) yield* resourcePlaces(type, value, at);
    return;
  }
  const target = typeof path === 'string' ? findPath(path, type, profiles.strict) : undefined;
  if (target?.kind !== 'attribute') return;
  if (target.sub) yield* attributePlaces(target.sub, value, at);
  else if (target.filter) yield* singlePlaces(target.attribute, value, at, 'single');
  else yield* attributePlaces(target.attribute, value, at);
}

const typeOf = ({ type }: Sent): ScimResourceType => typesByName[type];

const operationsOf = ({ body }: Sent): readonly Json[] => (body['Operations'] ?? []) as readonly Json[];

const placesOf = (sent: Sent): Place[] =>
  sent.method === 'PATCH'
    ? operationsOf(sent).flatMap((each, index) => [...operationPlaces(typeOf(sent), each, ['Operations', index])])
    : [...resourcePlaces(typeOf(sent), sent.body, [])];

function setAt(value: unknown, [step, ...rest]: Way, given: unknown): unknown {
  if (step === undefined) return given;
  if (Array.isArray(value)) return value.map((each, index) => (index === step ? setAt(each, rest, given) : each));
  return Object.fromEntries(
    Object.entries(value as Json).map(([name, each]) => [name, name === step ? setAt(each, rest, given) : each]),
  );
}

const withBody = (sent: Sent, body: unknown): Sent => ({ ...sent, body: body as Json });

/** The same request with one value written in each of the ways that `write` gives. */
const atEach =
  (write: (place: Place) => readonly unknown[]) =>
  ({ sent }: Write): Sent[] =>
    placesOf(sent).flatMap((place) => write(place).map((value) => withBody(sent, setAt(sent.body, place.way, value))));

/** The same request with one operation written in each of the ways that `write` gives. */
const atOperations =
  (write: (operation: Json, type: ScimResourceType) => readonly Json[]) =>
  ({ sent }: Write): Sent[] =>
    operationsOf(sent).flatMap((operation, index) =>
      write(operation, typeOf(sent)).map((each) => withBody(sent, setAt(sent.body, ['Operations', index], each))),
    );

/** The objects in a request whose members are attributes: the resource, or the value of an operation without a path. */
function* attributeObjects(sent: Sent): Generator<readonly [Way, Json]> {
  if (sent.method !== 'PATCH') yield [[], sent.body];
  for (const [index, { op, path, value }] of operationsOf(sent).entries()) {
    if (op !== 'remove' && path === undefined && isObject(value)) yield [['Operations', index, 'value'], value];
  }
}

/** The same request with the names in one object of attributes written in each of the ways that `write` gives. */
const atObjects =
  (write: (object: Json, type: ScimResourceType) => readonly Json[]) =>
  ({ sent }: Write): Sent[] =>
    [...attributeObjects(sent)].flatMap(([way, object]) =>
      write(object, typeOf(sent)).map((each) => withBody(sent, setAt(sent.body, way, each))),
    );

const renamed = (object: Json, from: string, to: string): Json =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name === from ? to : name, value]));

const without = (object: Json, name: string): Json =>
  Object.fromEntries(Object.entries(object).filter(([each]) => each !== name));

const olderEnterprise = ['1.0', '1.0:User', '2.0', '2.0:User'].map(
  (each) => `urn:scim:schemas:extension:enterprise:${each}`,
);
const olderCore = ({ name }: ScimResourceType): readonly string[] => [
  'urn:scim:schemas:core:1.0',
  'urn:scim:schemas:core:2.0',
  `urn:scim:schemas:core:2.0:${name}`,
];

/** The older URNs of a present one. */
const olderOf = (type: ScimResourceType, urn: string): readonly string[] =>
  urn === urns.enterprise ? olderEnterprise : urn === type.schema.urn ? olderCore(type) : [];

/** A member that no schema has. */
const UNKNOWN = 'favouriteColour';

/** Core attributes of an object, without `schemas`. */
const coreOf = (object: Json, type: ScimResourceType): Json =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'schemas' && attributeNamed(type, name)));

/** The object without its core attributes, which are in a container of their own. */
function inContainer(object: Json, type: ScimResourceType, urn: string): readonly Json[] {
  const core = coreOf(object, type);
  if (Object.keys(core).length === 0) return [];
  const rest = Object.entries(object).filter(([name]) => !Object.hasOwn(core, name));
  return [{ ...Object.fromEntries(rest), [urn]: core }];
}

/** The object with each attribute of an extension under its whole name. One without attributes has no such form. */
function withPrefixes(object: Json, { urn, attributes }: ScimSchema): readonly Json[] {
  const held = Object.entries(isObject(object[urn]) ? object[urn] : {});
  if (!held.some(([name]) => attributes.has(name.toLowerCase()))) return [];
  const members = held.filter(([name]) => name !== 'schemas').map(([name, value]) => [`${urn}:${name}`, value]);
  return [{ ...without(object, urn), ...(Object.fromEntries(members) as Json) }];
}

/** A change of a part of a name, an address or an e-mail address. */
const changeOfPart: fc.Arbitrary<Write> = fc
  .tuple(
    userBody,
    fc.constantFrom('add', 'replace'),
    fc.constantFrom(
      'name.givenName',
      'emails[type eq "work"].value',
      'addresses[type eq "home" and country eq "NO"].locality',
      `${urns.enterprise}:manager.value`,
    ),
    fc.constantFrom('a@example.com', 'b'),
  )
  .map(([base, op, path, value]) => {
    const held = { emails: [{ type: 'work', value: 'c' }], addresses: [{ type: 'home', country: 'NO' }] };
    return patchOf('User', { ...base, ...held }, [{ op, path, value }]);
  });

/** A spelling that the RFCs do not have: the same request in each form of it that the request allows. */
export interface Spelling {
  readonly variants: (write: Write) => readonly Sent[];
  /** What the response names as ignored. */
  readonly ignores?: true;
  /** Where it does not go with others. */
  readonly alone?: true;
  /** The profile `strict` takes it in another sense, and does not reject it. */
  readonly meansOtherInStrict?: true;
  /** Where it works; elsewhere the profile `default` is enough. */
  readonly mount?: string;
  /** Requests that allow it, where few do. */
  readonly writes?: fc.Arbitrary<Write>;
}

/** One e-mail address, telephone number or photo, which a user adds to others. */
const addition: fc.Arbitrary<Write> = fc
  .tuple(
    userBody,
    fc.constantFrom('emails', 'phoneNumbers', 'photos', 'roles'),
    fc.constantFrom('other', 'pager', 'thumbnail'),
    fc.constantFrom('a@example.com', 'b'),
  )
  .map(([base, path, type, value]) => patchOf('User', base, [{ op: 'add', path, value: [{ type, value }] }]));

/** Switches that are about filters and other parameters of a query, and not about bodies. */
export const querySwitches: readonly string[] = [
  'filteredSubAttribute',
  'unquotedFilterValue',
  'looseDates',
  'repeatedParameter',
  'sortOrderInAnyCase',
];

/** Switches that need a directory, or are about responses: `scim-dronahq-groups.test.ts` tries them over HTTP. */
export const directorySwitches: readonly string[] = ['membersByName', 'membersShowDisplay'];

/** The spellings of each other switch of the profile, in the order in which several go together. */
export const spellings: Readonly<Record<string, Spelling>> = {
  unmatchedFilterIsNoError: {
    variants: (write) => [...unmatchedRemovals(write), ...unmatchedAdditions(write)],
    alone: true,
    writes: addition,
  },
  noOperationsMayBeSent: {
    variants: ({ sent }) => (changesNothing(sent) ? [withBody(sent, { ...sent.body, Operations: [] })] : []),
    alone: true,
    writes: userBody.map((base) => patchOf('User', base, [{ op: 'add', path: 'emails', value: [] }])),
  },
  bareBody: {
    variants: ({ sent }) => {
      const [operation, ...others] = operationsOf(sent);
      const isPartial = others.length === 0 && operation?.['op'] === 'replace' && operation['path'] === undefined;
      return isPartial && isObject(operation['value']) ? [withBody(sent, operation['value'])] : [];
    },
    alone: true,
    mount: '/api/scim/v2',
    writes: fc
      .tuple(userBody, userBody)
      .map(([base, value]) => patchOf('User', base, [{ op: 'replace', value: without(value, 'schemas') }])),
  },
  emptyStringClears: {
    variants: atEach(({ value, role, attribute }) =>
      value === null && attribute && role !== 'element' && attribute.mutability === 'readWrite' ? [''] : [],
    ),
    meansOtherInStrict: true,
  },
  booleanAsString: {
    variants: atEach(({ value }) =>
      typeof value === 'boolean' ? (value ? ['True', 'true'] : ['False', 'FALSE']) : [],
    ),
  },
  valueObject: {
    variants: atEach(({ value, attribute, role }) =>
      attribute !== undefined && attribute.type !== 'complex' && role === 'single' && !isObject(value)
        ? [{ value }, { $ref: null, value }, [{ $ref: null, value }]]
        : [],
    ),
  },
  complexAsValue: {
    variants: atEach(({ value, attribute, role }) => {
      if (attribute?.type !== 'complex') return [];
      const text = role === 'list' && Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
      const isText = isObject(text) && Object.keys(text).join() === 'value' && typeof text['value'] === 'string';
      return isText ? [text['value']] : [];
    }),
  },
  listOfOne: {
    variants: atEach(({ value, role }) =>
      (role === 'single' || role === 'container') && value !== null && !Array.isArray(value) ? [[value]] : [],
    ),
  },
  unknownIsIgnored: {
    variants: (write) => [
      ...atEach(({ value, attribute }) =>
        attribute?.type === 'complex' && isObject(value) ? [{ ...value, [UNKNOWN]: 'red' }] : [],
      )(write),
      ...atObjects((object) => [
        { ...object, [UNKNOWN]: { deep: ['red'] } },
        { ...object, [`urn:example:2.0:${UNKNOWN}`]: { badge: 7 } },
      ])(write),
      ...atEach(({ value, role, attribute }) =>
        role === 'container' && !attribute && isObject(value) ? [{ ...value, [UNKNOWN]: 7 }] : [],
      )(write),
      ...(write.sent.method === 'PATCH' ? [withBody(write.sent, { ...write.sent.body, [UNKNOWN]: 'red' })] : []),
      ...atOperations((operation) => [{ ...operation, [UNKNOWN]: 'red' }])(write),
    ],
    ignores: true,
  },
  schemasInExtension: {
    variants: atObjects((object, type) =>
      type.extensions.flatMap(({ urn }) =>
        isObject(object[urn]) ? [{ ...object, [urn]: { schemas: [urn], ...object[urn] } }] : [],
      ),
    ),
  },
  pathAsKey: {
    variants: atOperations(({ op, path, value }) =>
      op !== 'remove' && typeof path === 'string' && isPart(path) ? [{ op, value: { [path]: value } }] : [],
    ),
    writes: changeOfPart,
  },
  readOnlyMayBeRepeated: {
    variants: atOperations((operation) => {
      const { op, path, value } = operation;
      if (op === 'remove' || path !== undefined || !isObject(value)) return [];
      return [{ id: null }, { id: RESOURCE_ID }, { meta: { resourceType: 'User' } }].map((each) => ({
        ...operation,
        value: { ...value, ...each },
      }));
    }),
  },
  urnAsContainer: {
    variants: (write) =>
      // In a PATCH the RFC has this notation too.
      write.sent.method === 'PATCH'
        ? []
        : atObjects((object, type) => [
            ...inContainer(object, type, type.schema.urn),
            ...type.extensions.flatMap((extension) => withPrefixes(object, extension)),
            ...Object.keys(coreOf(object, type)).map((name) => renamed(object, name, `${type.schema.urn}:${name}`)),
          ])(write),
  },
  olderUrns: {
    variants: (write) => [
      ...atObjects((object, type) => [
        ...type.extensions.flatMap(({ urn }) =>
          Object.hasOwn(object, urn) ? olderOf(type, urn).map((older) => renamed(object, urn, older)) : [],
        ),
        ...olderCore(type).flatMap((older) => inContainer(object, type, older)),
      ])(write),
      ...atOperations((operation, type) =>
        typeof operation['path'] === 'string'
          ? [type.schema, ...type.extensions].flatMap(({ urn }) => {
              const path = String(operation['path']);
              if (path.startsWith(`${urn}:`))
                return olderOf(type, urn).map((older) => ({ ...operation, path: path.replace(urn, older) }));
              return urn === type.schema.urn && !path.startsWith('urn:')
                ? olderOf(type, urn).map((older) => ({ ...operation, path: `${older}:${path}` }))
                : [];
            })
          : [],
      )(write),
      ...olderSchemas(write.sent),
    ],
  },
  dotAfterUrn: {
    variants: atOperations((operation, type) => {
      const { path } = operation;
      const schema = [type.schema, ...type.extensions].find(({ urn }) => String(path).startsWith(`${urn}:`));
      if (schema) return [{ ...operation, path: `${schema.urn}.${String(path).slice(schema.urn.length + 1)}` }];
      return typeof path === 'string' && !path.startsWith('urn:')
        ? [{ ...operation, path: `${type.schema.urn}.${path}` }]
        : [];
    }),
  },
  operatorInAnyCase: {
    variants: atOperations((operation) => {
      const op = String(operation['op']);
      return [op.toUpperCase(), `${op[0]!.toUpperCase()}${op.slice(1)}`].map((each) => ({ ...operation, op: each }));
    }),
  },
  valueAsJsonText: {
    variants: atOperations((operation) =>
      operation['path'] === undefined && isObject(operation['value'])
        ? [{ ...operation, value: JSON.stringify(operation['value']) }]
        : [],
    ),
  },
  schemasMayBeMissing: {
    variants: ({ sent }) =>
      Object.hasOwn(sent.body, 'schemas')
        ? [
            withBody(sent, without(sent.body, 'schemas')),
            ...[null, [], ['urn:example:2.0:Other']].map((schemas) => withBody(sent, { ...sent.body, schemas })),
          ]
        : [],
  },
};

/** Whether a path has a filter or a sub-attribute. */
const isPart = (path: string): boolean => /[[.]/.test(path.replace(/^urn:.*:/, ''));

/** Whether the operations ask for nothing: each adds no values. */
const changesNothing = (sent: Sent): boolean =>
  sent.method === 'PATCH' &&
  operationsOf(sent).every(({ op, value }) => op === 'add' && Array.isArray(value) && value.length === 0);

function olderSchemas(sent: Sent): Sent[] {
  const { schemas } = sent.body;
  if (!Array.isArray(schemas)) return [];
  const type = typeOf(sent);
  const own = sent.method === 'PATCH' ? olderCore(type).map((each) => [each]) : [];
  const core = schemas.includes(type.schema.urn) ? olderCore(type) : [];
  const variants = core.map((each) => schemas.map((urn: unknown) => (urn === type.schema.urn ? each : urn)));
  return [...own, ...variants].map((each) => withBody(sent, { ...sent.body, schemas: each }));
}

/** Removals that select nothing, after the operations. */
function unmatchedRemovals({ sent }: Write): Sent[] {
  if (sent.method !== 'PATCH' || sent.type !== 'User') return [];
  return ['emails[value eq "no such value"]', 'roles[type eq "none" and primary eq true].value'].map((path) =>
    withBody(sent, { ...sent.body, Operations: [...operationsOf(sent), { op: 'remove', path }] }),
  );
}

/** `emails[type eq "work"].value` where the user has no such value: it is added. */
function unmatchedAdditions({ base, sent }: Write): Sent[] {
  return atOperations(({ op, path, value }) => {
    if (op !== 'add' || !Array.isArray(value) || value.length !== 1) return [];
    const [element] = value as readonly unknown[];
    if (!isObject(element) || Object.keys(element).toSorted().join() !== 'type,value') return [];
    const held = (base[String(path)] ?? []) as readonly Json[];
    if (held.some((each) => each['type'] === element['type'])) return [];
    const selected = `${String(path)}[type eq ${JSON.stringify(element['type'])}].value`;
    return ['add', 'replace'].map((each) => ({ op: each, path: selected, value: element['value'] }));
  })({ base, sent });
}
