import { z } from 'zod';
import { describe, expect, test } from 'vitest';
import { userAttributes } from '../canonical/attribute.ts';
import { difference } from '../canonical/difference.ts';
import { emptyDraft } from '../canonical/draft.ts';
import { MAX_EXTERNAL_IDS } from '../canonical/external-id.ts';
import type { User, UserStatus } from '../canonical/user.ts';
import type { Json } from './json.ts';
import { readPatchRequest } from './message.ts';
import { profiles } from './profile.ts';
import { scimDraft, scimPatch, scimReplacement } from './apply-to-user.ts';
import { urns } from './urn.ts';
import { encodeUser, scimPaths, ScimUser, type ScimUserDraft } from './user.ts';
import { readingBy } from './reading.ts';
import { userType } from './user.ts';

const domain = 'okta';

const mira = (status: UserStatus = 'active'): User => ({
  ...emptyDraft('mira'),
  id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
  version: 3,
  createdAt: new Date('2026-03-01T08:30:00Z'),
  updatedAt: new Date('2026-03-02T09:45:10.123Z'),
  status,
  emails: [{ value: 'mira@example.com', primary: false }],
  enterprise: { department: 'Mapping', manager: { value: 'jon', ref: '../Users/jon' } },
});

const revise = (user: User, ...operations: Json[]) =>
  scimPatch(
    user,
    readPatchRequest({ schemas: [urns.patchOp], Operations: operations }, userType, readingBy(profiles.default)),
    readingBy(profiles.default, domain),
  );

const changes = (user: User, ...operations: Json[]) => difference(user, revise(user, ...operations));

describe('a patch is a difference', () => {
  test('renaming a pending user keeps it pending', () => {
    expect(changes(mira('pending'), { op: 'replace', path: 'userName', value: 'mira2' })).toEqual({
      userName: 'mira2',
    });
  });

  const transitions: readonly (readonly [before: UserStatus, operation: Json, after: UserStatus])[] = [
    ['pending', { op: 'replace', path: 'active', value: false }, 'pending'],
    ['pending', { op: 'replace', path: 'active', value: true }, 'active'],
    ['active', { op: 'replace', path: 'active', value: true }, 'active'],
    ['active', { op: 'replace', path: 'active', value: false }, 'disabled'],
    ['active', { op: 'remove', path: 'active' }, 'disabled'],
    ['active', { op: 'replace', path: 'active', value: null }, 'disabled'],
    ['disabled', { op: 'add', value: { active: 'True' } }, 'active'],
    ['disabled', { op: 'replace', path: 'active', value: false }, 'disabled'],
  ];

  test.each(transitions)('%s with %j is %s', (before, operation, after) => {
    expect(revise(mira(before), operation).status).toBe(after);
  });

  test('a value that is written as it was changes nothing', () => {
    const { schemas: _, ...same } = encodeUser(mira(), { domain });
    expect(changes(mira(), { op: 'replace', value: same })).toEqual({});
  });

  test('what is cleared is null in the difference, and what is read-only stays', () => {
    const lifecycle = { groupStrings: [], profileId: 'p', lastLogin: new Date(0) };
    const before: User = { ...mira(), title: 'Surveyor', lifecycle };
    expect(changes(before, { op: 'remove', path: 'title' }, { op: 'remove', path: urns.lifecycle })).toEqual({
      title: null,
      'lifecycle.profileId': null,
    });
  });

  test('a password is written and never read', () => {
    const revision = revise(mira(), { op: 'replace', value: { password: 'Tarn-Lake-77?' } });
    expect(revision.password).toBe('Tarn-Lake-77?');
    expect(JSON.stringify(encodeUser(revision, { domain }))).not.toContain('Tarn');
  });

  test('parts of an extension that are not named stay', () => {
    const after = revise(mira(), { op: 'replace', path: `${urns.enterprise}:manager.value`, value: 'ida' });
    expect(after.enterprise).toEqual({ department: 'Mapping', manager: { value: 'ida', ref: '../Users/jon' } });
  });

  test('the user that was given is left as it is', () => {
    const before = mira();
    revise(before, { op: 'remove', path: 'emails' });
    expect(before).toEqual(mira());
  });
});

describe('rules of the canonical user, in the names of the wire', () => {
  const broken: readonly (readonly [path: string, value: unknown, name: string])[] = [
    ['emails', [{ value: 'mira@example.com' }, { value: 'x'.repeat(321) }], 'emails[1].value'],
    ['emails[type eq "work"].value', 'x'.repeat(321), 'emails[1].value'],
    ['userName', ' ', 'userName'],
    ['userName', 'x'.repeat(256), 'userName'],
    ['externalId', 'x'.repeat(256), 'externalId'],
    ['password', 'short', 'password'],
    ['title', 'x'.repeat(5000), 'title'],
    [`${urns.enterprise}:manager.$ref`, 'x'.repeat(5000), `${urns.enterprise}:manager.$ref`],
    [`${urns.lifecycle}:type`, 'NeneverUser', `${urns.lifecycle}:type`],
  ];

  test.each(broken)('%s', (path, value, name) => {
    const write = () => revise(mira(), { op: 'replace', path, value });
    expect(write).toThrow(expect.objectContaining({ code: 'validation_error', scimType: 'invalidValue' }));
    expect(write).toThrow(name);
  });

  test('only attributes that change are held against them', () => {
    const before: User = { ...mira(), emails: [{ value: 'from before there were rules' }] };
    expect(changes(before, { op: 'replace', path: 'title', value: 'B' })).toEqual({ title: 'B' });
  });
});

// RFC 7643 3.1: "The service provider MUST always interpret the externalId as scoped to the provisioning domain."
describe('externalId', () => {
  const others = [
    { domain: 'entra', value: 'e-1' },
    { domain: 'OKTA', value: 'o-1' },
  ];
  const known = (): User => ({ ...mira(), externalIds: [...others, { domain, value: '7' }] });
  const whole: ScimUserDraft = { schemas: [urns.user], userName: 'mira' };

  test('a client sees the value of its own domain', () => {
    expect(encodeUser(known(), { domain }).externalId).toBe('7');
    expect(encodeUser(known(), { domain: 'entra' }).externalId).toBe('e-1');
    expect(encodeUser(known(), { domain: 'default' })).not.toHaveProperty('externalId');
  });

  test.each([
    ['replace', { op: 'replace', path: 'externalId', value: '8' }, [...others, { domain, value: '8' }]],
    ['add without path', { op: 'add', value: { externalId: '8' } }, [...others, { domain, value: '8' }]],
    ['remove', { op: 'remove', path: 'externalId' }, others],
    ['replace with null', { op: 'replace', value: { externalId: null } }, others],
  ])('PATCH with %s changes the value of its own domain alone', (_, operation, expected) => {
    expect(changes(known(), operation)).toEqual({ externalIds: expected });
  });

  test('PATCH with the value that is shown changes nothing', () => {
    expect(changes(known(), { op: 'replace', path: 'externalId', value: '7' })).toEqual({});
  });

  test('PUT without externalId clears the value of its own domain alone', () => {
    expect(scimReplacement(known(), whole, domain).externalIds).toEqual(others);
    expect(scimReplacement(known(), whole, 'default').externalIds).toEqual(known().externalIds);
  });

  test('PUT with the externalId of another domain gives the own domain the same one', () => {
    const { externalIds } = scimReplacement(known(), { ...whole, externalId: 'e-1' }, domain);
    expect(externalIds).toEqual([...others, { domain, value: 'e-1' }]);
  });

  test('one domain more than a user may have is invalidValue', () => {
    const externalIds = Array.from({ length: MAX_EXTERNAL_IDS }, (_, n) => ({ domain: `d-${n}`, value: 'x' }));
    const full: User = { ...mira(), externalIds };
    const added = () => revise(full, { op: 'add', path: 'externalId', value: '7' });
    expect(added).toThrow(expect.objectContaining({ scimType: 'invalidValue' }));
    expect(added).toThrow(/^externalId: 32 provisioning domains have a value already$/);
  });
});

const draft: ScimUserDraft = { schemas: [urns.user], userName: 'mira' };

describe('a draft', () => {
  test('is active unless the client says otherwise', () => {
    expect(scimDraft(draft, domain)).toEqual(emptyDraft('mira'));
    expect(scimDraft({ ...draft, active: false }, domain).status).toBe('disabled');
  });

  test('carries everything, read back exactly as it was written', () => {
    const whole: ScimUserDraft = {
      schemas: [urns.user, urns.enterprise, urns.lifecycle],
      userName: 'Mira',
      externalId: 'HR-7',
      active: true,
      name: {
        formatted: 'Dr Mira Olsen',
        familyName: 'Olsen',
        givenName: 'Mira',
        middleName: 'K',
        honorificPrefix: 'Dr',
        honorificSuffix: 'III',
      },
      displayName: 'Mira O',
      nickName: 'Mim',
      profileUrl: 'https://example.com/mira',
      title: 'Surveyor',
      userType: 'Employee',
      preferredLanguage: 'not a language',
      locale: 'nowhere',
      timezone: 'Moon/Crater',
      emails: [
        { value: 'mira@example.com', type: 'work', display: 'M', primary: true },
        { value: 'm@example.org', primary: false },
      ],
      phoneNumbers: [{ value: '+47 55' }],
      ims: [{ value: 'mira', type: 'xmpp' }],
      photos: [{ value: 'https://example.com/mira.jpg' }],
      addresses: [
        {
          formatted: 'A\nB',
          streetAddress: 'A',
          locality: 'B',
          region: 'C',
          postalCode: '1',
          country: 'NO',
          type: 'work',
          primary: false,
        },
      ],
      entitlements: [{ value: 'maps' }],
      roles: [{ value: 'admin', primary: true }],
      x509Certificates: [{ value: 'MIID' }],
      [urns.enterprise]: {
        employeeNumber: '1',
        costCenter: '2',
        organization: '3',
        division: '4',
        department: '5',
        manager: { value: 'jon', $ref: '../Users/jon' },
      },
      [urns.lifecycle]: {
        type: 'NeaccessUser',
        profileId: 'p',
        groupStrings: ['a', 'b'],
        sailpointIdentityId: 's',
      },
    };
    const { id: _, meta: __, ...read } = encodeUser({ ...mira(), ...scimDraft(whole, domain) }, { domain });
    expect(read).toEqual(whole);
    expect(ScimUser.safeParse(encodeUser({ ...mira(), ...scimDraft(whole, domain) }, { domain })).success).toBe(true);
  });

  test('does not take what is read-only', () => {
    const times = { lastLogin: '2026-03-02T09:45:10.000Z', cookiesAcceptedAt: '2026-03-01T08:31:00.000Z' };
    expect(scimDraft({ ...draft, [urns.lifecycle]: times }, domain).lifecycle).toEqual({ groupStrings: [] });
  });

  test('has a password of its own', () => {
    expect(scimDraft({ ...draft, password: 'Tarn-Lake-77?' }, domain).password).toBe('Tarn-Lake-77?');
  });
});

/** The schema at the end of a path. */
const schemaAt = (path: readonly string[]): unknown => {
  let schema: unknown = ScimUser;
  for (const name of path) {
    const present = schema instanceof z.ZodExactOptional ? schema.unwrap() : schema;
    schema = present instanceof z.ZodObject ? present.shape[name] : undefined;
  }
  return schema;
};

test('every canonical attribute but the pending e-mail has a path that the schema of SCIM has', () => {
  const paths = [...scimPaths].filter(([attribute]) => attribute !== 'pendingEmail');
  expect(paths.map(([attribute]) => attribute)).toEqual(userAttributes.filter((each) => each !== 'pendingEmail'));
  for (const [attribute, path] of paths) expect([attribute, schemaAt(path)]).toEqual([attribute, expect.anything()]);
});
