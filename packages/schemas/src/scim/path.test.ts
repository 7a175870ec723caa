import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resourceType } from './attribute.ts';
import { ScimError } from './error.ts';
import { text } from './field.ts';
import { parsePath, printPath } from './path.ts';
import { urns } from './urn.ts';
import { userType } from './user.ts';
import { z } from 'zod';
import { profiles } from './profile.ts';

const roundTrip = (path: string) => printPath(parsePath(path, userType, profiles.strict));

// RFC 7644 3.5.2: PATH = attrPath / valuePath [subAttr]
describe('the grammar of paths', () => {
  const paths: readonly (readonly [path: string, printed: string])[] = [
    ['userName', 'userName'],
    ['USERNAME', 'userName'],
    ['name.familyname', 'name.familyName'],
    ['emails', 'emails'],
    ['emails.value', 'emails.value'],
    ['emails[type eq "work"]', 'emails[type eq "work"]'],
    ['Emails[TYPE EQ "work"].Value', 'emails[type eq "work"].value'],
    ['members.$ref', 'members.$ref'],
    [`${urns.user}:name.familyName`, 'name.familyName'],
    [`${urns.user}:emails[type eq "work"].value`, 'emails[type eq "work"].value'],
    [urns.enterprise, urns.enterprise],
    [urns.enterprise.toUpperCase(), urns.enterprise],
    [`${urns.enterprise.toLowerCase()}:DEPARTMENT`, `${urns.enterprise}:department`],
    [`${urns.enterprise}:manager.value`, `${urns.enterprise}:manager.value`],
    [`${urns.lifecycle}:groupStrings[value eq "a"]`, `${urns.lifecycle}:groupStrings[value eq "a"]`],
  ];

  test.each(paths.filter(([path]) => path !== 'members.$ref'))('%s', (path, printed) => {
    expect(roundTrip(path)).toBe(printed);
  });

  test('a path that is printed reads as the same path', () => {
    const words = ['work', 'a "b"', 'and', ']', 'ø', '\\'];
    const list = fc.constantFrom('emails', 'phoneNumbers', 'addresses', 'roles');
    const term = fc.record({
      sub: fc.constantFrom('type', 'primary'),
      word: fc.constantFrom(...words),
      flag: fc.boolean(),
    });
    const path = fc
      .record({ list, term, sub: fc.constantFrom('', '.type', '.primary') })
      .map(
        ({ list: name, term: { sub, word, flag }, sub: part }) =>
          `${name}[${sub} eq ${sub === 'primary' ? flag : JSON.stringify(word)}]${part}`,
      );
    fc.assert(
      fc.property(path, (given) => {
        expect(roundTrip(given)).toBe(given);
        expect(parsePath(roundTrip(given), userType, profiles.strict)).toEqual(
          parsePath(given, userType, profiles.strict),
        );
      }),
    );
  });

  test('of two registered URNs that begin a path, the longer one wins', () => {
    const nested = 'urn:example:2.0:User:more';
    const type = resourceType(
      'User',
      '/Users',
      'urn:example:2.0:User',
      z.strictObject({ more: text('A', 'a'), [nested]: z.strictObject({ badge: text('B', 'b') }).exactOptional() }),
    );
    expect(parsePath('urn:example:2.0:User:more', type, profiles.strict)).toMatchObject({
      kind: 'schema',
      urn: nested,
    });
    expect(parsePath('urn:example:2.0:User:more:badge', type, profiles.strict)).toMatchObject({
      urn: nested,
      attribute: { name: 'badge' },
    });
  });
});

describe('refusals', () => {
  const refused: readonly (readonly [path: string, scimType: string])[] = [
    ['', 'invalidPath'],
    ['/name/givenName', 'invalidPath'],
    ['name.', 'invalidPath'],
    ['.name', 'invalidPath'],
    ['name.shoeSize', 'invalidPath'],
    ['userName.value', 'invalidPath'],
    ['emails[type eq "work"] ', 'invalidPath'],
    ['emails[type eq "work"].shoeSize', 'invalidPath'],
    ['emails[type eq "work"].value.x', 'invalidPath'],
    ['emails[type eq "work"]value', 'invalidPath'],
    ['emails value', 'invalidPath'],
    ['constructor', 'invalidPath'],
    ['__proto__', 'invalidPath'],
    ['name.__proto__', 'invalidPath'],
    ['urn:example:nobody:2.0:User:badge', 'invalidPath'],
    [`${urns.enterprise}:badge`, 'invalidPath'],
    [`${urns.enterprise}:`, 'invalidPath'],
    ['emails[type eq "work"', 'invalidFilter'],
    ['emails[type eq work].value', 'invalidFilter'],
    ['emails[].value', 'invalidFilter'],
    ['emails[primary gt true]', 'invalidFilter'],
    ['name[givenName eq "x"]', 'invalidFilter'],
    [`emails[type eq "${'x'.repeat(4096)}"]`, 'tooMany'],
  ];

  test.each(refused)('%s', (path, scimType) => {
    expect(() => parsePath(path, userType, profiles.strict)).toThrow(ScimError);
    expect(() => parsePath(path, userType, profiles.strict)).toThrow(expect.objectContaining({ scimType }));
  });
});
