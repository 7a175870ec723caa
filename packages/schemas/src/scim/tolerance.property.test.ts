import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterOf, groupWrite, RESOURCE_ID, type Sent, userWrite, type Write } from '../../test/requests.ts';
import { directorySwitches, querySwitches, spellings } from '../../test/spellings.ts';
import { DirectoryError } from '../canonical/error.ts';
import type { GroupRevision } from '../canonical/group.ts';
import { User } from '../canonical/user.ts';
import type { Exchange } from '../contract/operation.ts';
import { IgnoredNames } from '../contract/ignored-names.ts';
import type { Operation } from '../contract/operation.ts';
import { parseWire } from '../contract/parse.ts';
import { parseFilter, printFilter } from './filter.ts';
import { groupType } from './group.ts';
import {
  createGroup,
  createUser,
  patchGroup,
  patchUser,
  profiles,
  profileSwitches,
  readingOf,
  replaceGroup,
  replaceUser,
  scim,
  scimDraft,
  scimGroupPatch,
  scimGroupReplacement,
  scimPatch,
  scimReplacement,
} from './index.ts';
import type { Json } from './json.ts';
import { userType } from './user.ts';

const operations: Readonly<Record<Sent['type'], Readonly<Record<Sent['method'], Operation>>>> = {
  User: { POST: createUser, PUT: replaceUser, PATCH: patchUser },
  Group: { POST: createGroup, PUT: replaceGroup, PATCH: patchGroup },
};

type Where = Pick<Exchange, 'profile' | 'mount'>;
const byDefault: Where = { profile: 'default', mount: '/scim/v2' };
const byStrict: Where = { profile: 'strict', mount: '/scim/v2' };

/** How the dialect reads a body, and what it ignores of it. */
function read({ type, method, body }: Sent, where: Where) {
  const operation = operations[type][method];
  const exchange = { ...where, operation, domain: 'okta', publicUrl: '', query: {}, ignored: new IgnoredNames() };
  const message = parseWire(operation.body!, scim.receive!(body, exchange)) as never;
  return { message, reading: readingOf(exchange) };
}

const created = { id: RESOURCE_ID, version: 3, createdAt: new Date(0), updatedAt: new Date(0) };

const users = new WeakMap<Json, User>();

/** The user that a body creates. */
function userOf(base: Json): User {
  const known = users.get(base);
  if (known) return known;
  const draft = scimDraft(read({ type: 'User', method: 'POST', body: base }, byStrict).message, 'okta');
  const { password: _, ...profile } = draft;
  const user = User.parse({ ...profile, ...created });
  users.set(base, user);
  return user;
}

/** The conditions of a group's revision as data. */
const asData = ({ profile, members }: GroupRevision): unknown => ({
  profile,
  members: members.map((change) => ('refusal' in change ? { ...change, refusal: undefined } : change)),
});

/** What a write makes of the resource, and what it ignores. */
function outcome(
  { base, sent }: Write,
  where: Where,
): { readonly result: unknown; readonly ignored: string | undefined } {
  const { message, reading } = read(sent, where);
  const result =
    sent.type === 'User'
      ? {
          POST: () => scimDraft(message, reading.domain),
          PUT: () => scimReplacement(userOf(base), message, reading.domain),
          PATCH: () => scimPatch(userOf(base), message, reading),
        }[sent.method]()
      : asData(
          sent.method === 'PATCH'
            ? scimGroupPatch({ displayName: 'before', externalIds: [], ...created }, message, reading)
            : scimGroupReplacement(message, reading)(),
        );
  return { result, ignored: reading.ignored.toField() };
}

const write = fc.oneof({ weight: 3, arbitrary: userWrite }, groupWrite);

const rejects = (work: () => unknown) => expect(work).toThrow(DirectoryError);

const rows = Object.entries(spellings);

test('every switch of the default profile and of the DronaHQ mounts has a spelling', () => {
  const switches = Object.entries(profileSwitches).filter(([name, { on }]) => {
    return (on as readonly string[]).includes('dronahq') && ![...querySwitches, ...directorySwitches].includes(name);
  });
  expect(Object.keys(spellings).toSorted()).toEqual(switches.map(([name]) => name).toSorted());
});

describe('another spelling of a request does what its RFC spelling does', () => {
  test.each(rows)('%s', (_, { variants, writes = write, ignores, meansOtherInStrict, mount }) => {
    fc.assert(
      fc.property(writes, fc.nat(), (given, choice) => {
        const all = variants(given);
        fc.pre(all.length > 0);
        const sent = all[choice % all.length]!;
        const expected = outcome(given, byStrict);
        expect(outcome(given, byDefault)).toEqual(expected);
        const { result, ignored } = outcome(
          { ...given, sent },
          mount === undefined ? byDefault : { ...byDefault, mount },
        );
        expect(result).toEqual(expected.result);
        if (ignores) expect(ignored).toContain('favouriteColour');
        else expect(ignored).toBeUndefined();
        if (!meansOtherInStrict) rejects(() => outcome({ ...given, sent }, byStrict));
      }),
      { numRuns: 60 },
    );
  });

  const together = rows.filter(([, { alone }]) => !alone);

  test('several together', () => {
    fc.assert(
      fc.property(
        write,
        fc.array(fc.nat(), { minLength: together.length, maxLength: together.length }),
        (given, choices) => {
          let spelled = given;
          let used = 0;
          for (const [index, [, { variants }]] of together.entries()) {
            const choice = choices[index]!;
            const all = choice % 3 === 0 ? variants(spelled) : [];
            if (all.length === 0) continue;
            used += 1;
            spelled = { base: given.base, sent: all[Math.floor(choice / 3) % all.length]! };
          }
          fc.pre(used > 1);
          expect(outcome(spelled, byDefault).result).toEqual(outcome(given, byStrict).result);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([userType, groupType])('in filters on $name', (type) => {
    fc.assert(
      fc.property(filterOf(type), ({ rfc, sent }) => {
        const expected = printFilter(parseFilter(rfc, type, { profile: profiles.strict }));
        for (const text of [rfc, sent]) {
          expect(printFilter(parseFilter(text, type, { profile: profiles.default }))).toBe(expected);
        }
        if (rfc !== sent) rejects(() => parseFilter(sent, type, { profile: profiles.strict }));
      }),
      { numRuns: 500 },
    );
  });
});
