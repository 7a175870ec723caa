import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { User } from '../canonical/user.ts';
import type { ScimAttribute } from './attribute.ts';
import { ScimError } from './error.ts';
import { printTarget, type Target } from './filter.ts';
import { isObject, type Json } from './json.ts';
import type { PatchOperation } from './message.ts';
import { applyOperations } from './patch.ts';
import { profiles } from './profile.ts';
import { scimPatch } from './apply-to-user.ts';
import { urns } from './urn.ts';
import { encodeUser, ScimUser, userType } from './user.ts';
import { readingBy } from './reading.ts';

const writable: Target[] = [];
for (const { urn, attributes } of userType.schemas.values()) {
  for (const attribute of attributes.values()) {
    if (attribute.mutability === 'readOnly' || attribute.name === 'schemas') continue;
    writable.push(urn === urns.user ? { attribute } : { urn, attribute });
  }
}

const word = fc.stringMatching(/^[a-z]{1,6}$/);

function simpleValue({ name, type, canonicalValues }: ScimAttribute, list: string): fc.Arbitrary<unknown> {
  if (type === 'boolean') return fc.boolean();
  if (type === 'dateTime') return fc.constantFrom('2026-03-01T08:30:00Z', '2026-03-01T08:30:00.123+02:00');
  if (name === 'type' && list === '') return fc.constantFrom(...canonicalValues!);
  if (name === 'value' && list === 'emails') return word.map((local) => `${local}@example.com`);
  return name === 'password' ? word.map((secret) => `Tarn-Lake-${secret}`) : word;
}

const complexValue = (attribute: ScimAttribute): fc.Arbitrary<Json> =>
  fc
    .record(
      Object.fromEntries(
        [...attribute.subAttributes.values()].map((sub) => [sub.name, simpleValue(sub, attribute.name)]),
      ),
      { requiredKeys: [] },
    )
    .filter((value) => Object.keys(value).length > 0);

const onePrimary = (values: readonly unknown[]): readonly unknown[] => {
  const first = values.findIndex((value) => isObject(value) && value['primary'] === true);
  return values.map((value, index) =>
    isObject(value) && index !== first && value['primary'] ? { ...value, primary: false } : value,
  );
};

function valueOf(attribute: ScimAttribute): fc.Arbitrary<unknown> {
  const single = attribute.type === 'complex' ? complexValue(attribute) : simpleValue(attribute, '');
  return attribute.multiValued ? fc.array(single, { minLength: 1, maxLength: 3 }).map(onePrimary) : single;
}

const operation = fc.constantFrom(...writable).chain((target): fc.Arbitrary<PatchOperation> => {
  const { attribute } = target;
  const path = printTarget(target);
  const written = valueOf(attribute).chain((value) =>
    fc.constantFrom<PatchOperation>(
      { op: 'add', path, value },
      { op: 'replace', path, value },
      { op: 'add', value: { [path]: value } },
      { op: 'replace', value: { [path]: value } },
    ),
  );
  const choices = [written];
  if (!attribute.required && attribute.mutability === 'readWrite') choices.push(fc.constant({ op: 'remove', path }));
  if (attribute.multiValued && attribute.type === 'complex') {
    const selected = fc.constantFrom('work', 'home').map((type) => `${path}[type eq "${type}"]`);
    choices.push(
      selected.map((filtered) => ({ op: 'remove', path: filtered })),
      fc.tuple(selected, word).map(([filtered, type]) => ({ op: 'replace', path: `${filtered}.type`, value: type })),
      fc.tuple(selected, complexValue(attribute)).map(([filtered, value]) => ({
        op: 'add',
        path: filtered,
        value: Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'primary')),
      })),
    );
  }
  return fc.oneof(...choices);
});

const operations = fc.array(operation, { minLength: 1, maxLength: 6 });

const domain = 'okta';

const mira: User = User.parse({
  id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
  version: 3,
  createdAt: new Date('2026-03-01T08:30:00Z'),
  updatedAt: new Date('2026-03-02T09:45:10.123Z'),
  userName: 'mira',
  externalIds: [
    { domain: 'other', value: 'o-1' },
    { domain, value: 'd-1' },
  ],
  status: 'pending',
  name: { givenName: 'Mira', familyName: 'Olsen' },
  emails: [
    { value: 'mira@example.com', type: 'work', primary: true },
    { value: 'mira@example.org', type: 'home' },
  ],
  phoneNumbers: [],
  ims: [],
  photos: [],
  addresses: [{ locality: 'Førde', type: 'work' }],
  entitlements: [],
  roles: [{ value: 'admin' }],
  x509Certificates: [],
  enterprise: { department: 'Mapping', manager: { value: 'jon', ref: '../Users/jon' } },
  lifecycle: { groupStrings: ['field'], type: 'NeaccessUser', lastLogin: new Date('2026-03-02T09:45:10Z') },
});

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}

const before = freeze(encodeUser(freeze(mira), { domain })) as unknown as Json;
const apply = (resource: Json, ...given: readonly PatchOperation[]) =>
  applyOperations(freeze(resource), freeze(given), userType, readingBy(profiles.default));

const revise = (given: readonly PatchOperation[]) =>
  scimPatch(mira, { schemas: [urns.patchOp], Operations: [...given] }, readingBy(profiles.default, domain));

describe('laws of PATCH (RFC 7644 3.5.2)', () => {
  test('valid operations make a valid user of a valid user', () => {
    fc.assert(
      fc.property(operations, (given) => {
        const { password: _, ...revision } = revise(given);
        expect(User.safeParse(revision).error).toBeUndefined();
        expect(ScimUser.safeParse(encodeUser(revision, { domain })).error).toBeUndefined();
      }),
    );
  });

  test('what the engine says is what the revised user says', () => {
    fc.assert(
      fc.property(operations, (given) => {
        const { password: _, ...revision } = revise(given);
        const { password: __, ...after } = apply(before, ...given) as Json & { password?: unknown };
        const again = encodeUser(revision, { domain }) as Json;
        for (const { urn, attribute } of writable) {
          if (attribute.type === 'dateTime' || attribute.name === 'active') continue;
          const read = (resource: Json) =>
            ((urn === undefined ? resource : resource[urn]) as Json | undefined)?.[attribute.name];
          expect(read(again)).toEqual(read(after));
        }
      }),
    );
  });

  test('adding twice is adding once', () => {
    const add = operation.filter(({ op, path = '' }) => op === 'add' && !path.includes('['));
    fc.assert(
      fc.property(add, (given) => {
        const once = apply(before, given);
        expect(apply(once, given)).toEqual(once);
      }),
    );
  });

  test('operations apply in order: all at once is one after the other', () => {
    fc.assert(
      fc.property(operations, (given) => {
        const stepwise = given.reduce<Json>((resource, each) => apply(resource, each), before);
        expect(apply(before, ...given)).toEqual(stepwise);
      }),
    );
  });

  test('an attribute that no operation names is the very same value', () => {
    fc.assert(
      fc.property(operations, (given) => {
        const after = apply(before, ...given);
        const named = JSON.stringify(given);
        const unnamed = ['name', 'emails', 'addresses', 'roles', urns.enterprise].filter(
          (name) => !named.includes(name),
        );
        expect(unnamed.every((name) => after[name] === before[name])).toBe(true);
      }),
    );
  });

  test('whatever is sent, the resource stays as it was and refusals are SCIM refusals', () => {
    const path = fc.oneof(
      fc.constantFrom(...writable.map(printTarget), 'id', 'meta.version', 'groups', 'name.', 'x'),
      fc.string(),
    );
    const anything = fc.record({
      op: fc.constantFrom('add' as const, 'remove' as const, 'replace' as const),
      path,
      value: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 4 }), (given) => {
        const snapshot = JSON.stringify(before);
        try {
          apply(before, ...given);
        } catch (error) {
          expect(error).toBeInstanceOf(ScimError);
        }
        expect(JSON.stringify(before)).toBe(snapshot);
      }),
    );
  });
});
