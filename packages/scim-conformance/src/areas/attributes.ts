import { type Check, checksOf, type CheckDefinition } from '../check.ts';
import { expectAbsent, expectEqual, expectContains, expectThat, SkipError } from '../expect.ts';
import { at, type Json } from '../json.ts';
import { isWritable, sampleOf, type Which } from '../samples.ts';
import type { Attribute, Schema, Server } from '../types.ts';
import type { CreatedResource, Session } from '../session.ts';

type Kind = 'User' | 'Group';

/** A writable attribute or sub-attribute. */
interface Target {
  readonly kind: Kind;
  readonly path: string;
  readonly attribute: Attribute;
  /** The name in the table of samples: `emails.value`. */
  readonly name: string;
  /** The names and indices from the resource to the value. */
  readonly location: readonly (string | number)[];
  /** The attributes of the resource before the PATCH. */
  readonly parent?: (unique: string) => Json;
  /** Whether the value is the id of a user. */
  readonly isReference: boolean;
}

const refersToUsers = ({ subAttributes }: Attribute): boolean =>
  subAttributes.some((sub) => sub.name === '$ref' && sub.referenceTypes.includes('User'));

/** Sub-attributes by which a filter can select one element. */
const selectors = ['type', 'display', 'value', 'locality', 'region', 'formatted'];

function subTargetsOf(whole: Target): Target[] {
  const { attribute, path, name, location } = whole;
  const parts = attribute.subAttributes.filter(isWritable);
  return parts.flatMap((part): Target[] => {
    const base = { ...whole, attribute: part, name: `${name}.${part.name}` };
    if (!attribute.multiValued) return [{ ...base, path: `${path}.${part.name}`, location: [...location, part.name] }];
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
        location: [...location, 0, part.name],
        parent: (unique) => ({
          [attribute.name]: [{ ...(value && { value: sample(value, unique) }), [selector.name]: known }],
        }),
      },
    ];
  });
}

function targetsIn(kind: Kind, { urn, attributes }: Schema, isExtension: boolean): Target[] {
  return attributes.filter(isWritable).flatMap((attribute) => {
    const whole: Target = {
      kind,
      path: isExtension ? `${urn}:${attribute.name}` : attribute.name,
      attribute,
      name: attribute.name,
      location: isExtension ? [urn, attribute.name] : [attribute.name],
      isReference: refersToUsers(attribute),
    };
    // Only a list that was empty before can be compared exactly.
    const empty = attribute.multiValued && !isExtension && { parent: () => ({ [attribute.name]: undefined }) };
    const parts = subTargetsOf(whole).map(({ parent, ...part }): Target => {
      if (!parent) return part;
      return { ...part, parent: (unique) => (isExtension ? { [urn]: parent(unique) } : parent(unique)) };
    });
    return [{ ...whole, ...empty }, ...parts];
  });
}

/** The value of an attribute that isReference to a user. */
const reference = ({ attribute }: Target, { id, body }: CreatedResource): unknown => {
  if (attribute.name === 'value') return id;
  if (attribute.name === '$ref') return at(body, 'meta', 'location');
  return attribute.multiValued ? [{ value: id }] : { value: id };
};

async function valueOf(session: Session, target: Target, unique: string, which: Which): Promise<unknown> {
  const value = target.isReference
    ? reference(target, await session.createUser())
    : sampleOf(target.name, target.attribute, unique, which);
  if (value === undefined) throw new SkipError(`no value is known for ${target.path}`);
  return value;
}

function expectWritten({ path, location, attribute }: Target, resource: Json, value: unknown): void {
  const found = at(resource, ...location);
  if (attribute.type === 'dateTime' && typeof found === 'string') {
    expectEqual(path, Date.parse(found), Date.parse(String(value)));
  } else expectContains(path, found, value);
}

function expectRemoved({ path, location, attribute }: Target, resource: Json): void {
  const found = at(resource, ...location);
  // A boolean may have a default.
  if (attribute.type === 'boolean') expectThat(found !== true, `${path} not to be true`, found);
  else expectAbsent(path, found);
}

/** Required attributes, and the `value` of an element, can only be replaced. */
const isRemovable = ({ attribute, location }: Target): boolean =>
  !attribute.required && !(location.includes(0) && attribute.name === 'value');

async function writeAll(session: Session, target: Target): Promise<void> {
  const { kind, path, parent } = target;
  const unique = session.uniqueName();
  const before = parent?.(unique) ?? {};
  const made = kind === 'User' ? await session.createUser(before) : await session.createGroup([], before);
  for (const [op, which] of [
    ['add', 0],
    ['replace', 1],
  ] as const) {
    const value = await valueOf(session, target, unique, which);
    expectWritten(target, await session.patchAndRead(made.path, { op, path, value }), value);
  }
  if (isRemovable(target)) expectRemoved(target, await session.patchAndRead(made.path, { op: 'remove', path }));
}

/** One check for each attribute that is writable by the schemas of a server. */
export function attributeChecks({ schemas }: Server): readonly Check[] {
  const targets = (['User', 'Group'] as const).flatMap((kind) =>
    (schemas[kind] ?? []).flatMap((schema, index) => targetsIn(kind, schema, index > 0)),
  );
  const rules = targets.map((target): [string, CheckDefinition] => [
    `${target.kind}.${target.path.replace(/\[.*\]/, '')}`,
    {
      title: `${target.kind} ${target.path}: add${isRemovable(target) ? ', replace, remove' : ', replace'}`,
      source: 'RFC 7644 3.5.2, /Schemas',
      needs: target.kind === 'Group' ? (['patch', 'Groups'] as const) : (['patch'] as const),
      run: (session: Session) => writeAll(session, target),
    },
  ]);
  return checksOf('attributes', Object.fromEntries(rules));
}
