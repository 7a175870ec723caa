import { describe, expect, test } from 'vitest';
import cases from '../../fixtures/scim/patch-cases.json' with { type: 'json' };
import type { ScimResourceType } from './attribute.ts';
import { ScimError } from './error.ts';
import { groupType } from './group.ts';
import { readPatchRequest } from './message.ts';
import { applyOperations } from './patch.ts';
import type { CompatibilityProfile } from '../canonical/api-key.ts';
import { profiles } from './profile.ts';
import { userType } from './user.ts';
import type { Json } from './json.ts';
import { comparable } from '../../test/comparable.ts';
import { readingBy } from './reading.ts';

interface Case {
  readonly name: string;
  readonly source: string;
  readonly profile: string;
  readonly resource: string;
  readonly before: Json;
  readonly directory?: unknown;
  readonly request: unknown;
  readonly expect: {
    readonly status: number;
    readonly statusAlso?: readonly number[];
    readonly scimType?: string;
    readonly scimTypeAlso?: readonly string[];
    readonly unchanged?: boolean;
    readonly after?: Json;
    readonly afterAnyOf?: readonly Json[];
  };
}

const types: Readonly<Record<string, ScimResourceType>> = { User: userType, Group: groupType };

const profileNames: Readonly<Record<string, CompatibilityProfile>> = { interop: 'interop', dronahq: 'dronahq' };

/** Cases that hold for `strict` alone: real clients need the other reading in `default`. */
const strictAlone = new Set(['syntax-missing-schemas', 'invalid-value-emails-string', 'invalid-value-no-path-array']);

const profileOfCase = (name: string, profile: string): CompatibilityProfile =>
  strictAlone.has(name) ? 'strict' : (profileNames[profile] ?? 'default');

/** Only the directory knows who else is there. */
const needsDirectory = new Set(['uniqueness', 'lenient-member-nonexistent']);

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}

describe.each(
  (cases as readonly Case[]).filter(
    (each) => !needsDirectory.has(each.expect.scimType ?? '') && !needsDirectory.has(each.name),
  ),
)('$name ($source)', ({ name, before, request, resource, profile, expect: expected }) => {
  test(profile, () => {
    const reading = readingBy(profiles[profileOfCase(name, profile)]);
    const patch = () =>
      applyOperations(
        freeze(before),
        readPatchRequest(freeze(request), types[resource]!, reading).Operations,
        types[resource]!,
        reading,
      );
    if (expected.status !== 200) {
      expect(patch).toThrow(ScimError);
      const refused = (() => {
        try {
          return patch();
        } catch (error) {
          return error as ScimError;
        }
      })() as ScimError;
      expect([expected.scimType, ...(expected.scimTypeAlso ?? [])]).toContain(refused.scimType);
      return;
    }
    const after = patch();
    const wanted = expected.afterAnyOf ?? [expected.after!];
    expect(wanted.map(comparable)).toContainEqual(comparable(after));
    if (expected.unchanged) expect(after).toEqual(before);
    expect(after['schemas']).toEqual(wanted[0]!['schemas']);
  });
});
