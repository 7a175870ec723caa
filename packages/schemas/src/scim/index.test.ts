import { describe, expect, test } from 'vitest';
import seed from '../../fixtures/scim/dronahq-update-user.json' with { type: 'json' };
import { emptyDraft } from '../canonical/draft.ts';
import { DirectoryError, type Issue } from '../canonical/error.ts';
import type { User } from '../canonical/user.ts';
import type { Exchange } from '../contract/operation.ts';
import { IgnoredNames } from '../contract/ignored-names.ts';
import { ScimError } from './error.ts';
import {
  createUser,
  patchUser,
  profileOf,
  profiles,
  readingBy,
  readUser,
  replaceUser,
  scim,
  scimDraft,
  ScimErrorMessage,
  ScimPatchRequest,
  scimPatch,
  scimReplacement,
  ScimUserDraft,
} from './index.ts';
import { urns } from './urn.ts';

const domain = 'default';

const exchange = (operation: Exchange['operation'], mount = '/scim/v2', query = {}): Exchange => ({
  operation,
  mount,
  profile: 'default',
  domain,
  publicUrl: 'https://stele.example.com',
  query,
  ignored: new IgnoredNames(),
});

const stored = (draft = emptyDraft('mira')): User => {
  const { password: _, ...profile } = draft;
  const at = new Date('2026-03-01T08:30:00Z');
  return { ...profile, id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55', version: 1, createdAt: at, updatedAt: at };
};

describe.each(['/api/scim/v2', '/sso/scim/v2'])('the DronaHQ mount %s', (mount) => {
  test('takes the request that DronaHQ prints and answers as it prints', () => {
    const before = stored(
      scimDraft(
        ScimUserDraft.parse(scim.receive!({ userName: 'olduser@example.com' }, exchange(createUser, mount))),
        domain,
      ),
    );
    const request = ScimPatchRequest.parse(scim.receive!(seed.request, exchange(patchUser, mount)));
    const { password: _, ...after } = scimPatch(before, request, readingBy(profileOf(mount, 'default')));
    const body = patchUser.response.encode(after, exchange(patchUser, mount));
    expect(body).toMatchObject({ ...seed.request, schemas: seed.response.schemas });
    const extra = Object.keys(body as object).filter((key) => !(key in seed.response));
    expect(extra).toEqual(['meta']);
  });

  test('refuses an attribute that it does not know', () => {
    expect(() => scim.receive!({ shoeSize: 42 }, exchange(patchUser, mount))).toThrow(
      expect.objectContaining({ scimType: 'invalidPath' }),
    );
  });

  test('answers a POST with 200', () => {
    expect(createUser.statusAt[mount]).toBe(200);
  });

  test('implies its profile', () => {
    expect(profileOf(mount, 'strict')).toBe(profiles.dronahq);
  });
});

// RFC 7643 2.5: null and the empty list are as good as no value, and RFC 7644 3.5.1 clears what has none.
describe('a PUT clears what it says to be nothing', () => {
  const before = stored({ ...emptyDraft('mira'), enterprise: { department: 'Mapping', manager: {} } });
  const after = (fields: object) => {
    const body = { schemas: [urns.user], userName: 'mira', ...fields };
    return scimReplacement(before, ScimUserDraft.parse(scim.receive!(body, exchange(replaceUser))), domain);
  };

  test.each([[null], [{}], [[]], [{ department: null }], [{ manager: { value: null } }]])(
    'an extension that is %j',
    (extension) => {
      expect(after({ [urns.enterprise]: extension }).enterprise).toEqual({ manager: {} });
    },
  );

  test.each([[{ active: null }], [{ ACTIVE: [] }], [{ active: '' }]])('active, in %j', (fields) => {
    expect(after(fields).status).toBe('disabled');
  });

  test('and nothing that it does not speak of', () => {
    expect(after({})).toEqual(before);
  });
});

test('an active of null in a POST says nothing', () => {
  const body = { schemas: [urns.user], userName: 'mira', active: null };
  expect(scimDraft(ScimUserDraft.parse(scim.receive!(body, exchange(createUser))), domain).status).toBe('active');
});

test('elsewhere the credential says the profile', () => {
  expect(profileOf('/scim/v2', 'default')).toBe(profiles.default);
  expect(profileOf('/scim/v2', 'interop')).toBe(profiles.interop);
  expect(createUser.statusAt['/scim/v2']).toBeUndefined();
});

describe('a response', () => {
  test('adds the address of the resource under the mount that was called', () => {
    const body = readUser.response.encode(stored(), exchange(readUser, '/sso/scim/v2'));
    expect(body).toMatchObject({
      meta: {
        resourceType: 'User',
        created: '2026-03-01T08:30:00.000Z',
        lastModified: '2026-03-01T08:30:00.000Z',
        version: '"1"',
        location: 'https://stele.example.com/sso/scim/v2/Users/01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55',
      },
    });
  });

  test('leaves what attributes asks for', () => {
    const body = patchUser.response.encode(stored(), exchange(patchUser, '/scim/v2', { attributes: 'userName' }));
    expect(body).toEqual({ schemas: [urns.user], id: stored().id, userName: 'mira' });
  });
});

const issue = (...path: (string | number)[]): Issue => ({ path, rule: 'invalid', message: 'is wrong' });

describe('fail (RFC 7644 3.12)', () => {
  const words: readonly (readonly [error: DirectoryError, expected: Partial<ScimErrorMessage>])[] = [
    [new ScimError('noTarget', 'Nothing there'), { status: '400', scimType: 'noTarget', detail: 'Nothing there' }],
    [
      new DirectoryError('conflict', 'userName is taken', { attribute: 'userName' }),
      { status: '409', scimType: 'uniqueness', detail: 'userName is taken' },
    ],
    [
      new DirectoryError('validation_error', 'Wrong', {
        issues: [issue('emails', 0, 'value'), issue(urns.enterprise, 'manager', 'value')],
      }),
      {
        status: '400',
        scimType: 'invalidValue',
        detail: `Wrong: emails[0].value: is wrong; ${urns.enterprise}:manager.value: is wrong`,
      },
    ],
    [
      new DirectoryError('validation_error', 'Wrong', { issues: [issue('Operations', 0, 'op')] }),
      { scimType: 'invalidSyntax', detail: 'Wrong: Operations[0].op: is wrong' },
    ],
    [
      new DirectoryError('validation_error', 'Wrong', { issues: [issue()] }),
      { scimType: 'invalidSyntax', detail: 'Wrong: is wrong' },
    ],
    [new DirectoryError('malformed_body', 'Not JSON'), { status: '400', scimType: 'invalidSyntax' }],
  ];

  test.each(words)('$message', (error, expected) => {
    expect(scim.fail(error)).toMatchObject({ schemas: [urns.error], ...expected });
    expect(ScimErrorMessage.safeParse(scim.fail(error)).error).toBeUndefined();
  });

  test('only refusals that RFC 7644 has a word for carry one', () => {
    const body = scim.fail(new DirectoryError('not_found', 'No such user'));
    expect(body).toEqual({ schemas: [urns.error], status: '404', detail: 'No such user' });
  });
});
