import { DEFAULT_DOMAIN } from '../canonical/external-id.ts';
import { IgnoredNames } from '../contract/ignored-names.ts';
import type { ScimError } from './error.ts';
import type { Profile } from './profile.ts';

/** How one request is read: by which rules, for which provisioning domain, and what of it was ignored. */
export interface Reading {
  readonly profile: Profile;
  readonly domain: string;
  readonly ignored: IgnoredNames;
}

export const readingBy = (profile: Profile, domain: string = DEFAULT_DOMAIN): Reading => ({
  profile,
  domain,
  ignored: new IgnoredNames(),
});

/** Passes over a name that the schema lacks, where the profile ignores such names. */
export function ignoreUnknown({ profile, ignored }: Reading, name: string, error: () => ScimError): void {
  // No harmless extra has a name that changes objects.
  if (!profile.unknownIsIgnored || name.includes('__proto__')) throw error();
  // Which element of a list it was in does not matter to who reads the names.
  ignored.add(name.replaceAll(/\[\d+\]/g, ''));
}
