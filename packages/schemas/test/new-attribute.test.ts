import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type UserAttribute, userAttributes } from '../src/canonical/attribute.ts';
import { difference } from '../src/canonical/difference.ts';
import { emptyDraft } from '../src/canonical/draft.ts';
import type { User } from '../src/canonical/user.ts';
import { fieldKinds, UserFields, userFieldsFor } from '../src/contract/user-fields.ts';
import { nermFields } from '../src/nerm/user.ts';
import { type OtherWrites, otherWrites, scimDraft } from '../src/scim/apply-to-user.ts';
import { sampleProfile } from '../src/scim/sample-profile.ts';
import { encodeProfile, type OtherPaths, otherPaths, type ScimUserAttributes, scimPaths } from '../src/scim/user.ts';
import { v1Fields } from '../src/v1/user.ts';

// What these lines expect, `pnpm check` proves: the compiler asks every dialect for an attribute that the user gets.
type Grown = UserAttribute | 'shoeSize' | 'enterprise.shoeSize';
const grown = ['shoeSize', 'enterprise.shoeSize'] as const;

// @ts-expect-error -- v1 has neither a field for it nor lists it as absent
userFieldsFor<object, Grown>()(v1Fields.table, v1Fields.absent);
userFieldsFor<object, Grown>()(v1Fields.table, [...v1Fields.absent, ...grown]);
// @ts-expect-error -- one of two is not enough
userFieldsFor<object, Grown>()(v1Fields.table, [...v1Fields.absent, 'shoeSize']);

// @ts-expect-error -- nor has NERM
userFieldsFor<object, Grown>()(nermFields.table, nermFields.absent);
userFieldsFor<object, Grown>()(nermFields.table, [...nermFields.absent, ...grown]);

// @ts-expect-error -- SCIM has no attribute with this path
const scimAtTop: OtherPaths<UserAttribute | 'shoeSize'> = otherPaths;
// @ts-expect-error -- nor in the extension
const scimInExtension: OtherPaths<UserAttribute | 'enterprise.shoeSize'> = otherPaths;
const scimAbsent: OtherPaths<Grown> = { ...otherPaths, shoeSize: [], 'enterprise.shoeSize': [] };

// An attribute on the wire that nothing writes does not compile either.
// @ts-expect-error -- the canonical user has no such attribute
const scimUnwritten: OtherWrites<ScimUserAttributes & { shoeSize: string }> = otherWrites;
// @ts-expect-error -- the canonical user has other values
const scimOfOtherType: OtherWrites<Omit<ScimUserAttributes, 'title'> & { title: number }> = otherWrites;

const { writable, readOnly } = fieldKinds();
const unread = { attribute: 'nickName', create: z.string(), response: z.string() } as const;
// @ts-expect-error -- a field that no write reads
writable({ ...unread, read: () => '' });
// @ts-expect-error -- a field that a response cannot have a value for
writable({ ...unread, write: (_value, { user }) => user });
// @ts-expect-error -- a value of another type than the schema of the response
writable({ ...unread, read: () => 7, write: (_value, { user }) => user });
// @ts-expect-error -- a field that may be repeated, and that nothing compares
readOnly({ response: z.string(), patch: z.string(), read: () => '' });

test('the compiler has asked for the new attributes', () => {
  expect([scimAtTop, scimInExtension, scimUnwritten, scimOfOtherType]).toHaveLength(4);
  expect(scimAbsent).toMatchObject({ shoeSize: [] });
});

const stored = {
  id: '018ffb8b-46b3-71e5-8def-f1dc73bb9574',
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};
const empty: User = { ...emptyDraft('someone'), ...stored };
const full: User = { ...sampleProfile('sample'), ...stored };

describe('one row makes a field', () => {
  const fields = new UserFields(
    {
      ...v1Fields.table,
      homepage: writable({
        attribute: 'profileUrl',
        response: z.string().nullable(),
        create: z.string().max(10).nullable(),
        read: ({ profileUrl }) => profileUrl ?? null,
        write: (value, { user }) => ({ ...user, profileUrl: value! }),
      }),
    },
    [],
  );
  const context = { verification: 'off' } as const;
  const homepage = 'https://x';

  test('of the schemas', () => {
    expect(z.strictObject(fields.response).parse(fields.encode(full))).toMatchObject({ homepage: 'sample' });
    expect(z.strictObject(fields.patch).parse({ homepage })).toEqual({ homepage });
    expect(z.strictObject(fields.create).safeParse({ homepage: 'longer than ten' }).success).toBe(false);
  });

  test('of the translations', () => {
    expect(fields.change(empty, { homepage }, context)).toEqual({ ...empty, profileUrl: homepage });
    expect(fields.draft(emptyDraft('x'), { homepage }, context)).toEqual({ ...emptyDraft('x'), profileUrl: homepage });
    expect(fields.change(full, { homepage: 'sample' }, context)).toBe(full);
  });

  test('of preview and history', () => {
    expect(fields.toComparable(full)).toMatchObject({ homepage: 'sample' });
    expect(fields.encodeChanges({ profileUrl: { new: homepage } })).toEqual({ homepage: { new: homepage } });
    expect(v1Fields.encodeChanges({ profileUrl: { new: homepage } })).toEqual({ profile_url: { new: homepage } });
  });
});

describe.each([
  ['v1', v1Fields, { verification: 'off' }],
  ['nerm', nermFields, {}],
] as const)('in %s', (_, fields, context) => {
  test('every attribute is in a field or absent, and not both', () => {
    const attributes = [...[...fields.nameOf.keys()].filter((each) => each !== 'password'), ...fields.absent];
    expect(attributes.toSorted()).toEqual(userAttributes.toSorted());
  });

  const writableFields = [...fields.nameOf].filter(([, name]) => fields.isWritable(name));

  test.each(writableFields)('a write of %s changes this attribute alone', (attribute, name) => {
    const value = attribute === 'lifecycle.profileId' ? stored.id : fields.toStored(full)[name];
    const given = attribute === 'roles' && name === 'admin' ? true : value;
    expect(fields.accepts(name, given)).toBe(true);
    const written = fields.change(empty, { [name]: given }, context as never);
    expect(Object.keys(difference(empty, written))).toEqual([attribute]);
    expect(fields.toStored(written)[name]).toEqual(given);
  });
});

describe('in SCIM', () => {
  const at = (value: unknown, path: readonly string[]): unknown =>
    path.reduce((each, name) => (each as Record<string, unknown> | undefined)?.[name], value);
  const wire = encodeProfile(full, 'default');
  const draft = scimDraft(wire, 'default');
  const carried = [...scimPaths].filter(([, path]) => path.length > 0).map(([attribute]) => attribute);

  test.each(carried)('%s is shown', (attribute) => {
    expect(at(wire, scimPaths.get(attribute)!)).toBeDefined();
  });

  // The times are read-only.
  const times = new Set(['lifecycle.lastLogin', 'lifecycle.cookiesAcceptedAt']);
  test.each(carried.filter((attribute) => !times.has(attribute)))('%s is written as it is shown', (attribute) => {
    expect(at(draft, attribute.split('.'))).toEqual(at(full, attribute.split('.')));
  });
});
