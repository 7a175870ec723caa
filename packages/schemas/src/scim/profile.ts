import type { CompatibilityProfile } from '../canonical/api-key.ts';

/** Named switches in which clients differ from RFC 7644, or from each other. All off is the RFC alone. */
export interface Profile {
  /** Entra ID sends "Add", "Replace", "Remove"; RFC 7644 3.5.2 spells them in lower case. */
  readonly operatorInAnyCase: boolean;
  /** Entra ID and Keycloak send "True" and "false" for booleans. */
  readonly booleanAsString: boolean;
  /** Entra ID sends `manager` as a plain string; an older Microsoft sample wraps it in an array. */
  readonly complexAsValue: boolean;
  /** Entra ID clears an attribute with "". RFC 7643 2.5 knows only `null` and `[]`: there "" is a value like others. */
  readonly emptyStringClears: boolean;
  /**
   * Entra ID adds and replaces through `emails[type eq "work"].value` before there is such an element, and retries a
   * remove until it succeeds. RFC 7644 3.5.2.3 answers noTarget.
   */
  readonly unmatchedFilterIsNoError: boolean;
  /** Entra ID (aadOptscim062020) puts paths in the keys of a value without path: `{"name.familyName": "Lund"}`. */
  readonly pathAsKey: boolean;
  /** Okta replays what it read, read-only attributes included. The RFC refuses them whatever their value. */
  readonly readOnlyMayBeRepeated: boolean;
  /** DronaHQ sends `Operations` without `schemas`, and a partial resource in place of operations. */
  readonly bareBody: boolean;
  /** draft-zollner-scim-interop-profile: every operation names its target. */
  readonly pathRequired: boolean;
  /** draft-zollner-scim-interop-profile: a filter in a path selects exactly one value. */
  readonly singleMatch: boolean;
  /** draft-zollner-scim-interop-profile: replacing a complex value leaves nothing of the old one. */
  readonly complexReplacedWhole: boolean;
}

const strict: Profile = {
  operatorInAnyCase: false,
  booleanAsString: false,
  complexAsValue: false,
  emptyStringClears: false,
  unmatchedFilterIsNoError: false,
  pathAsKey: false,
  readOnlyMayBeRepeated: false,
  bareBody: false,
  pathRequired: false,
  singleMatch: false,
  complexReplacedWhole: false,
};

const standard: Profile = {
  ...strict,
  operatorInAnyCase: true,
  booleanAsString: true,
  complexAsValue: true,
  emptyStringClears: true,
  unmatchedFilterIsNoError: true,
  pathAsKey: true,
  readOnlyMayBeRepeated: true,
};

/** The compatibility profiles that a credential may have. */
export const profiles = {
  /** The RFC, and what Okta, Entra ID and Keycloak really send. */
  default: standard,
  strict,
  interop: { ...strict, pathRequired: true, singleMatch: true, complexReplacedWhole: true },
  dronahq: { ...standard, bareBody: true },
} as const satisfies Readonly<Record<CompatibilityProfile, Profile>>;

/** Where DronaHQ Studio and self-hosted DronaHQ expect SCIM. */
export const dronahqMounts: readonly string[] = ['/api/scim/v2', '/sso/scim/v2'];

/** The profile of a request: the DronaHQ mounts imply theirs, elsewhere the credential says. */
export function profileOf(mount: string, credentialProfile: CompatibilityProfile): Profile {
  return profiles[dronahqMounts.includes(mount) ? 'dronahq' : credentialProfile];
}
