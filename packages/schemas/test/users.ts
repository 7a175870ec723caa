import fc from 'fast-check';
import type { ScimAttribute } from '../src/scim/attribute.ts';
import type { Json } from '../src/scim/json.ts';
import { urns } from '../src/scim/urn.ts';
import { userType } from '../src/scim/user.ts';

const few = <Value>(usual: fc.Arbitrary<Value>, unusual: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 19, arbitrary: usual }, { weight: 1, arbitrary: unusual });

/** Texts of few letters, so that many are equal to others, or part of them. */
const word = few(
  fc.constantFrom('a', 'b', 'ab', 'ba', 'bab', 'abba'),
  fc.constantFrom('', 'A', 'aB', 'def', 'fi', 'ﬁ', '😀', 'a"b', 'a\\b', 'a)b', 'a b and c'),
);

const instants = few(
  fc.constantFrom('2026-03-01T08:30:00.000Z', '2026-03-02T09:45:10.123Z'),
  fc.constantFrom('2026-03-01T08:30:00Z', '2026-03-01T09:30:00.000+01:00'),
);

/** A value of a simple attribute that every engine takes. */
export function simpleValue({ type, name, canonicalValues }: ScimAttribute): fc.Arbitrary<unknown> {
  if (type === 'boolean') return fc.boolean();
  if (type === 'dateTime') return instants;
  if (type === 'binary') return fc.constantFrom('MIIa', 'MIIb');
  if (type === 'reference' && name === '$ref') return fc.constantFrom('../Users/a', '../Users/b');
  if (type === 'reference') return fc.constantFrom('https://a.example/', 'https://b.example/a');
  return canonicalValues ? fc.constantFrom(...canonicalValues.slice(0, 3)) : word;
}

/** A value of a complex attribute, with one part at least. Kinds of values that nobody suggests are left out. */
export function complexValue(attribute: ScimAttribute): fc.Arbitrary<Json> {
  const parts = [...attribute.subAttributes.values()].filter(
    (sub) => sub.name !== 'type' || sub.canonicalValues !== undefined,
  );
  return fc
    .record(
      Object.fromEntries(parts.map((sub) => [sub.name, fc.option(simpleValue(sub), { freq: 8, nil: undefined })])),
    )
    .map((value) => withoutNothing(value))
    .filter((value) => Object.keys(value).length > 0);
}

const withoutNothing = (value: Json): Json =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));

const onePrimary = (values: readonly unknown[]): readonly unknown[] => {
  const isPrimary = (value: unknown) => (value as Json)['primary'] === true;
  const first = values.findIndex(isPrimary);
  return values.map((value, index) =>
    isPrimary(value) && index !== first ? { ...(value as Json), primary: false } : value,
  );
};

/** A value of an attribute, or a list of them. */
export function valueOf(attribute: ScimAttribute): fc.Arbitrary<unknown> {
  const single = attribute.type === 'complex' ? complexValue(attribute) : simpleValue(attribute);
  return attribute.multiValued ? fc.array(single, { minLength: 1, maxLength: 3 }).map(onePrimary) : single;
}

const attributesOf = (attributes: Iterable<ScimAttribute>): fc.Arbitrary<Json> =>
  fc
    .record(
      Object.fromEntries(
        [...attributes].map((each) => [
          each.name,
          each.required ? valueOf(each) : fc.option(valueOf(each), { freq: 12, nil: undefined }),
        ]),
      ),
    )
    .map(withoutNothing);

/** What the server computes, and what it never shows. */
const leftOut = new Set(['schemas', 'password']);

/** Any user in the words of SCIM. Most attributes hold something. */
export const scimUser: fc.Arbitrary<Json> = fc
  .tuple(
    attributesOf([...userType.schema.attributes.values()].filter(({ name }) => !leftOut.has(name))),
    ...userType.extensions.map(({ urn, attributes }) =>
      attributesOf(attributes.values()).map((extension) => ({ [urn]: extension })),
    ),
  )
  .map((parts) => ({ schemas: [urns.user, urns.enterprise, urns.lifecycle], ...Object.assign({}, ...parts) }));
