import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { type Answer, startApp } from './support/app.ts';
import { expectScimError, scimAt, urns } from './support/scim.ts';

// CONTRACTS.md: "Read back equals what was written, exactly", for everything that our own /Schemas says can be written;
// and what a request does not name stays as it was.

interface Attribute {
  readonly name: string;
  readonly type: 'string' | 'reference' | 'binary' | 'boolean' | 'dateTime' | 'complex';
  readonly multiValued: boolean;
  readonly mutability: string;
  readonly returned: string;
  readonly required: boolean;
  readonly subAttributes?: readonly Attribute[];
}

interface Schema {
  readonly id: string;
  readonly attributes: readonly Attribute[];
}

type Json = Readonly<Record<string, unknown>>;

const api = await startApp();
afterAll(() => api.stop());
const scim = scimAt(api);

const schemas = (await scim.get('/Schemas')).body.Resources as readonly Schema[];
const people = await Promise.all(['ann', 'ben', 'cem', 'dan'].map((name) => scim.user(name)));

const isWritable = ({ mutability }: Attribute) => mutability === 'readWrite' || mutability === 'writeOnly';

/** The nth value of a type. A text names its attribute, so that it is seen where it went. */
const values: Readonly<Record<Exclude<Attribute['type'], 'complex'>, (n: number, name: string) => unknown>> = {
  string: (n, name) => ` Ærø ✿ "${n}" \\ ${name} `,
  reference: (n, name) => `https://example.com/Ø/${n}?a=%20#${name}`,
  binary: (n, name) => Buffer.from(`${n} ${name}`).toString('base64'),
  boolean: (n) => n % 2 === 1,
  dateTime: (n) => `202${n}-03-02T09:45:10.123Z`,
};

/** Attributes whose values are of one form, or of one resource. */
const special: Readonly<Record<string, (n: number) => unknown>> = {
  [`${urns.user}:userName`]: (n) => `Ærø ${n} ${randomUUID()}`,
  [`${urns.user}:externalId`]: () => randomUUID(),
  [`${urns.user}:password`]: (n) => `Tarn-Lake-77? ${n}`,
  [`${urns.user}:emails.value`]: (n) => `Ann.${n}@Example.com`,
  [`${urns.lifecycle}:groupStrings`]: (n) => `Ærø ✿ "${n}"`,
  [`${urns.lifecycle}:type`]: (n) => ['NeprofileUser', 'NeaccessUser'][n % 2],
  [`${urns.group}:displayName`]: (n) => `Ærø ✿ "${n}"`,
  [`${urns.group}:externalId`]: () => randomUUID(),
  [`${urns.group}:members.value`]: (n) => people[n],
};

/** What is in a complex value of the samples. `primary` is left out: of a list only one value may be. */
const partsOf = ({ subAttributes = [] }: Attribute) =>
  subAttributes.filter(
    ({ name, mutability, returned }) => mutability !== 'readOnly' && returned !== 'request' && name !== 'primary',
  );

function valueOf(name: string, attribute: Attribute, n: number): unknown {
  if (attribute.type !== 'complex') return special[name]?.(n) ?? values[attribute.type](n, name);
  return Object.fromEntries(partsOf(attribute).map((sub) => [sub.name, valueOf(`${name}.${sub.name}`, sub, n)]));
}

/** What an attribute is set to at first, and then: two values where there may be more than one. */
const sampleOf = ({ name, attribute }: Place, n: 0 | 1): unknown =>
  attribute.multiValued ? [valueOf(name, attribute, n), valueOf(name, attribute, n + 2)] : valueOf(name, attribute, n);

/** The names from a resource to a value; 0 is the first of a list. */
type Way = readonly (string | 0)[];

type Spelling = (name: string) => string;

interface Place {
  readonly type: 'User' | 'Group';
  /** The URN of the schema and the name, with a dot before a sub-attribute. */
  readonly name: string;
  /** One of several values. */
  readonly isElement?: true;
  readonly attribute: Attribute;
  readonly way: Way;
  /** The path of a PATCH while it holds this sample. */
  readonly path: (spell: Spelling, holds: 0 | 1) => string;
}

const cores = new Set<string>([urns.user, urns.group]);

/** RFC 7643 3.1: what resources of every type have is in no schema. */
const externalId: Attribute = {
  name: 'externalId',
  type: 'string',
  multiValued: false,
  mutability: 'readWrite',
  returned: 'default',
  required: false,
};

/** Selects a value by another of its parts than this one. */
function selector(name: string, attribute: Attribute, besides?: Attribute) {
  const by = partsOf(attribute).find((sub) => sub !== besides)!;
  return (spell: Spelling, n: 0 | 1) =>
    `[${spell(by.name)} eq ${JSON.stringify(valueOf(`${name}.${by.name}`, by, n))}]`;
}

/** An attribute, the first of its values, and what these consist of. */
function placesOf({ id }: Schema, attribute: Attribute): Place[] {
  const isCore = cores.has(id);
  const name = `${id}:${attribute.name}`;
  const place: Place = {
    type: id === urns.group ? 'Group' : 'User',
    name,
    attribute,
    way: isCore ? [attribute.name] : [id, attribute.name],
    path: (spell) => spell(isCore ? attribute.name : name),
  };
  const isList = attribute.multiValued && attribute.type === 'complex';
  const way = isList ? ([...place.way, 0] as const) : place.way;
  const select = isList ? selector(name, attribute) : () => '';
  const element: Place = {
    ...place,
    isElement: true,
    attribute: { ...attribute, multiValued: false, required: false },
    way,
    path: (spell, holds) => place.path(spell, holds) + select(spell, holds),
  };
  const subs = (attribute.subAttributes ?? []).filter(isWritable).map((sub): Place => {
    const filter = isList ? selector(name, attribute, sub) : () => '';
    return {
      ...place,
      name: `${name}.${sub.name}`,
      attribute: sub,
      way: [...way, sub.name],
      path: (spell, holds) => `${place.path(spell, holds)}${filter(spell, 0)}.${spell(sub.name)}`,
    };
  });
  return [place, ...(isList ? [element] : []), ...subs];
}

const places = schemas.flatMap((schema) =>
  [...(cores.has(schema.id) ? [externalId] : []), ...schema.attributes]
    .filter(isWritable)
    .flatMap((attribute) => placesOf(schema, attribute)),
);

/** A copy with a value set, or with nothing left of it when it is undefined. */
function put(node: unknown, [head, ...rest]: Way, value: unknown): unknown {
  if (head === undefined) return value;
  if (head === 0) {
    const [first, ...others] = node as readonly unknown[];
    const after = put(first, rest, value);
    return after === undefined ? others : [after, ...others];
  }
  const { [head]: before, ...others } = (node ?? {}) as Json;
  const after = put(before, rest, value);
  const isNothing = after === undefined || (typeof after === 'object' && Object.keys(after as object).length === 0);
  return isNothing ? others : { ...others, [head]: after };
}

const set = (resource: Json, { way }: Place, value: unknown): Json => put(resource, way, value) as Json;

const isWhole = ({ way }: Place) => way.length === (String(way[0]).startsWith('urn:') ? 2 : 1);
const isInList = ({ way }: Place) => way.includes(0);

/** A resource in which everything has a value. A password takes a while to hash, and is tried alone. */
const whole = (type: Place['type']): Json =>
  places
    .filter((place) => place.type === type && isWhole(place) && isShown(place))
    .reduce<Json>((resource, place) => set(resource, place, sampleOf(place, 0)), {});

const isShown = ({ attribute }: Place) => attribute.returned !== 'never';

/** RFC 7643 8.7.1: members come and go whole. */
const isMutable = ({ isElement, attribute: { subAttributes = [] } }: Place) =>
  !isElement || subAttributes.every(({ mutability }) => mutability !== 'immutable');

/** RFC 7644 3.5.2.2: what is required is not removed. What is written only would be removed unseen. */
const isRemovable = ({ attribute }: Place) => !attribute.required && attribute.mutability !== 'writeOnly';

const bodyOf = (type: Place['type'], resource: Json): Json => ({
  schemas: [
    type === 'Group' ? urns.group : urns.user,
    ...Object.keys(resource).filter((name) => name.startsWith('urn:')),
  ],
  ...resource,
});

/** A resource without what only the server knows. Schemas and members have no order, and no members are an empty list. */
function comparable({ id: _id, meta: _meta, members = [], ...resource }: Json): Json {
  return {
    ...resource,
    schemas: (resource['schemas'] as readonly string[]).toSorted(),
    members: (members as readonly { readonly value: string }[]).map(({ value }) => value).toSorted(),
  };
}

/** What is to be read of a resource that was written: a user is active unless it is said, and a password is not shown. */
function readingOf(type: Place['type'], resource: Json): Json {
  const { password: _, ...body } = bodyOf(type, { ...(type === 'User' && { active: true }), ...resource });
  return comparable(body);
}

async function expectReading(path: string, type: Place['type'], resource: Json, answer?: Answer): Promise<void> {
  const { body } = await scim.get(path);
  expect(comparable(body)).toEqual(readingOf(type, resource));
  if (answer?.text) expect(answer.body).toEqual(body);
}

async function create(type: Place['type'], resource: Json): Promise<string> {
  const answer = await scim.send('POST', `/${type}s`, { body: bodyOf(type, resource) });
  expect(answer.status, answer.text).toBe(201);
  expect(comparable(answer.body)).toEqual(readingOf(type, resource));
  return `/${type}s/${answer.body.id}`;
}

/** One operation of a PATCH. */
async function change({ type }: Place, from: Json, operation: object, to: Json): Promise<void> {
  const path = await create(type, from);
  const answer = await scim.patch(path, [operation]);
  expect(answer.status, answer.text).toBe(type === 'Group' ? 204 : 200);
  await expectReading(path, type, to, answer);
}

async function replace({ type }: Place, from: Json, to: Json): Promise<void> {
  const path = await create(type, from);
  const answer = await scim.put(path, bodyOf(type, to));
  expect(answer.status, answer.text).toBe(200);
  await expectReading(path, type, to, answer);
}

const asWritten: Spelling = (name) => name;
const inCapitals: Spelling = (name) => name.toUpperCase();

/** The places that a law is about, each with what tells it from the others. */
const those = (...laws: readonly ((place: Place) => boolean)[]) =>
  places
    .filter((place) => laws.every((law) => law(place)))
    .map((place) => [`${place.name}${place.isElement ? '[]' : ''}`, place] as const);

/** Everything, with both samples of one place in turn. */
function begin(place: Place) {
  const everything = whole(place.type);
  const [first, second] = [sampleOf(place, 0), sampleOf(place, 1)];
  return { everything, first, second, from: set(everything, place, first), to: set(everything, place, second) };
}

/** RFC 7644 3.5.2.1: values are added to those that are there; anything else takes the place of what is. */
const united = (place: Place, { from, to, first, second }: ReturnType<typeof begin>): Json =>
  place.attribute.multiValued ? set(from, place, [...(first as []), ...(second as [])]) : to;

test('the schemas say what this is about', () => {
  const ofGroup = those(({ type }) => type === 'Group').map(([name]) => name.slice(urns.group.length + 1));
  expect(ofGroup).toEqual(['externalId', 'displayName', 'members', 'members[]']);
  expect(places.length).toBeGreaterThan(80);
});

describe('PATCH add', () => {
  test.each(those(isMutable))('%s', async (_, place) => {
    const { second, from, ...samples } = begin(place);
    const operation = { op: 'add', path: place.path(asWritten, 0), value: second };
    await change(place, from, operation, united(place, { second, from, ...samples }));
  });

  test.each(those(isRemovable, ({ isElement }) => !isElement))('%s, where there is nothing', async (_, place) => {
    const { everything, first, from } = begin(place);
    const operation = { op: 'add', path: place.path(asWritten, 0), value: first };
    await change(place, set(everything, place, undefined), operation, from);
  });

  test.each(those((place) => !isInList(place)))('%s, without path', async (_, place) => {
    const { second, from, ...samples } = begin(place);
    const operation = { op: 'add', value: put({}, place.way, second) };
    await change(place, from, operation, united(place, { second, from, ...samples }));
  });
});

describe('PATCH replace', () => {
  test.each(those(isMutable))('%s', async (_, place) => {
    const { second, from, to } = begin(place);
    await change(place, from, { op: 'replace', path: place.path(asWritten, 0), value: second }, to);
  });

  test.each(those((place) => !isInList(place)))('%s, without path', async (_, place) => {
    const { second, from, to } = begin(place);
    await change(place, from, { op: 'replace', value: put({}, place.way, second) }, to);
  });

  // RFC 7643 2.1: names of attributes compare without case. RFC 7644 3.10: they may stand after the URN of their schema.
  test.each(those(isMutable))('%s, in capitals and after the URN', async (_, place) => {
    const { second, from, to } = begin(place);
    const [urn] = /^.*:/.exec(place.name)!;
    const path = place.path(asWritten, 0).startsWith(urn) ? place.path : qualified(urn, place.path);
    await change(place, from, { op: 'replace', path: path(inCapitals, 0), value: second }, to);
  });
});

const qualified =
  (urn: string, path: Place['path']): Place['path'] =>
  (spell, holds) =>
    spell(urn) + path(spell, holds);

// RFC 7643 2.5: null and the empty list are unassigned.
describe.each([
  ['PATCH remove', { op: 'remove' }],
  ['PATCH replace with null', { op: 'replace', value: null }],
  ['PATCH replace with []', { op: 'replace', value: [] }],
])('%s', (_, removal) => {
  test.each(those(isRemovable))('%s', async (__, place) => {
    const { everything, to } = begin(place);
    // CONTRACTS.md: "Removing `active` means not active."
    const nothing = place.attribute.name === 'active' ? false : undefined;
    await change(place, to, { ...removal, path: place.path(asWritten, 1) }, set(everything, place, nothing));
  });

  test.each(those((place) => !isRemovable(place)))('%s is refused', async (__, place) => {
    const { to } = begin(place);
    const path = await create(place.type, to);
    expectScimError(await scim.patch(path, [{ ...removal, path: place.path(asWritten, 1) }]), 400);
    await expectReading(path, place.type, to);
  });
});

describe('POST', () => {
  test.each(those(isWhole))('%s and nothing besides', async (_, place) => {
    const required = place.type === 'Group' ? { displayName: 'Field Team' } : { userName: randomUUID() };
    const resource = set(required, place, sampleOf(place, 1));
    await expectReading(await create(place.type, resource), place.type, resource);
  });

  test.each(those((place) => !isWhole(place)))('%s and everything besides', async (_, place) => {
    const { to } = begin(place);
    await expectReading(await create(place.type, to), place.type, to);
  });
});

describe('PUT', () => {
  test.each(those())('%s', async (_, place) => {
    const { from, to } = begin(place);
    await replace(place, from, to);
  });

  // Who says nothing of `active` or of a password leaves it as it is.
  const isCleared = (place: Place) => isRemovable(place) && place.attribute.name !== 'active';
  test.each(those(isCleared))('without %s', async (_, place) => {
    const { everything, from } = begin(place);
    await replace(place, from, set(everything, place, undefined));
  });
});

describe.each([urns.enterprise, urns.lifecycle])('%s as a whole', (urn) => {
  const place: Place = { ...places.find(({ way }) => way[0] === urn)!, way: [urn] };
  const samples = () => {
    const everything = whole('User');
    const parts = places.filter((each) => each.way[0] === urn && isWhole(each));
    const sample = parts.reduce<Json>((resource, each) => set(resource, each, sampleOf(each, 1)), {})[urn];
    return { everything, sample, without: set(everything, place, undefined) };
  };

  describe.each(['add', 'replace'])('PATCH %s, where there is nothing', (op) => {
    test.each(['by its URN', 'without path'])('%s', async (way) => {
      const { sample, without } = samples();
      const operation = way === 'by its URN' ? { op, path: urn, value: sample } : { op, value: { [urn]: sample } };
      await change(place, without, operation, set(without, place, sample));
    });
  });

  test('PATCH remove', async () => {
    const { everything, without } = samples();
    await change(place, everything, { op: 'remove', path: urn }, without);
  });

  test('PUT', async () => {
    const { everything, sample } = samples();
    await replace(place, everything, set(everything, place, sample));
  });
});
