import { type Check, inArea, type Rule } from '../check.ts';
import { expectAbsent, expectEqual, expectHolds, expectThat, Skip } from '../expect.ts';
import { at, type Json } from '../json.ts';
import { isWritable, sampleOf, type Which } from '../samples.ts';
import type { Attribute, Schema, Server } from '../server.ts';
import type { Made, Session } from '../session.ts';

type Kind = 'User' | 'Group';

/** An attribute or a part of one that can be written, and how to get there. */
interface Place {
  readonly kind: Kind;
  readonly path: string;
  readonly attribute: Attribute;
  /** What the attribute is called in the table of samples: `emails.value`. */
  readonly name: string;
  /** From the resource to the value. */
  readonly way: readonly (string | number)[];
  /** What has to be there before, or must not. */
  readonly parent?: (unique: string) => Json;
  /** The attribute or what it is a part of has the id of a user as its value. */
  readonly refers: boolean;
}

const refersToUsers = ({ subAttributes }: Attribute): boolean =>
  subAttributes.some((sub) => sub.name === '$ref' && sub.referenceTypes.includes('User'));

/** Parts by which one value of a list can be selected. */
const selectors = ['type', 'display', 'value', 'locality', 'region', 'formatted'];

function partsOf(whole: Place): Place[] {
  const { attribute, path, name, way } = whole;
  const parts = attribute.subAttributes.filter(isWritable);
  return parts.flatMap((part): Place[] => {
    const base = { ...whole, attribute: part, name: `${name}.${part.name}` };
    if (!attribute.multiValued) return [{ ...base, path: `${path}.${part.name}`, way: [...way, part.name] }];
    const selector = selectors
      .filter((each) => each !== part.name)
      .flatMap((each) => parts.find((sub) => sub.name === each) ?? [])[0];
    if (!selector) return [];
    const sample = (of: Attribute, unique: string) => sampleOf(`${name}.${of.name}`, of, unique);
    const known = sample(selector, '');
    const value = parts.find((sub) => sub.name === 'value');
    return [
      {
        ...base,
        path: `${path}[${selector.name} eq ${JSON.stringify(known)}].${part.name}`,
        way: [...way, 0, part.name],
        parent: (unique) => ({
          [attribute.name]: [{ ...(value && { value: sample(value, unique) }), [selector.name]: known }],
        }),
      },
    ];
  });
}

function placesIn(kind: Kind, { urn, attributes }: Schema, isExtension: boolean): Place[] {
  return attributes.filter(isWritable).flatMap((attribute) => {
    const whole: Place = {
      kind,
      path: isExtension ? `${urn}:${attribute.name}` : attribute.name,
      attribute,
      name: attribute.name,
      way: isExtension ? [urn, attribute.name] : [attribute.name],
      refers: refersToUsers(attribute),
    };
    // A list is read back exactly only where it was empty before.
    const empty = attribute.multiValued && !isExtension && { parent: () => ({ [attribute.name]: undefined }) };
    const parts = partsOf(whole).map(({ parent, ...part }): Place => {
      if (!parent) return part;
      return { ...part, parent: (unique) => (isExtension ? { [urn]: parent(unique) } : parent(unique)) };
    });
    return [{ ...whole, ...empty }, ...parts];
  });
}

/** What stands for a user in an attribute that refers to one. */
const reference = ({ attribute }: Place, { id, body }: Made): unknown => {
  if (attribute.name === 'value') return id;
  if (attribute.name === '$ref') return at(body, 'meta', 'location');
  return attribute.multiValued ? [{ value: id }] : { value: id };
};

async function valueOf(session: Session, place: Place, unique: string, which: Which): Promise<unknown> {
  const value = place.refers
    ? reference(place, await session.user())
    : sampleOf(place.name, place.attribute, unique, which);
  if (value === undefined) throw new Skip(`no value is known that ${place.path} could have`);
  return value;
}

function expectWritten({ path, way, attribute }: Place, resource: Json, value: unknown): void {
  const found = at(resource, ...way);
  if (attribute.type === 'dateTime' && typeof found === 'string') {
    expectEqual(path, Date.parse(found), Date.parse(String(value)));
  } else expectHolds(path, found, value);
}

function expectRemoved({ path, way, attribute }: Place, resource: Json): void {
  const found = at(resource, ...way);
  // A boolean has a default where it has no value.
  if (attribute.type === 'boolean') expectThat(found !== true, `${path} not to be true`, found);
  else expectAbsent(path, found);
}

/** What is required, and what a value would be nothing without, can be replaced only. */
const isRemovable = ({ attribute, way }: Place): boolean =>
  !attribute.required && !(way.includes(0) && attribute.name === 'value');

async function writeAll(session: Session, place: Place): Promise<void> {
  const { kind, path, parent } = place;
  const unique = session.name();
  const before = parent?.(unique) ?? {};
  const made = kind === 'User' ? await session.user(before) : await session.group([], before);
  for (const [op, which] of [
    ['add', 0],
    ['replace', 1],
  ] as const) {
    const value = await valueOf(session, place, unique, which);
    expectWritten(place, await session.change(made.path, { op, path, value }), value);
  }
  if (isRemovable(place)) expectRemoved(place, await session.change(made.path, { op: 'remove', path }));
}

/** One check for each attribute that the schemas of a server say can be written. */
export function attributeChecks({ schemas }: Server): readonly Check[] {
  const places = (['User', 'Group'] as const).flatMap((kind) =>
    (schemas[kind] ?? []).flatMap((schema, index) => placesIn(kind, schema, index > 0)),
  );
  const rules = places.map((place): [string, Rule] => [
    `${place.kind}.${place.path.replace(/\[.*\]/, '')}`,
    {
      title: `${place.kind} ${place.path}: add${isRemovable(place) ? ', replace, remove' : ', replace'}`,
      source: 'RFC 7644 3.5.2, /Schemas',
      needs: place.kind === 'Group' ? (['patch', 'Groups'] as const) : (['patch'] as const),
      run: (session: Session) => writeAll(session, place),
    },
  ]);
  return inArea('attributes', Object.fromEntries(rules));
}
