import type { CompatibilityProfile } from '../canonical/api-key.ts';

/** A profile of a credential, or the one that the DronaHQ mounts imply. */
type ProfileName = CompatibilityProfile | 'dronahq';

/** One named rule in which clients differ from RFC 7643 and RFC 7644, or from each other. */
export interface ProfileSwitch {
  /** What holds where the switch is on. */
  readonly rule: string;
  /** The client, bug report or document that asks for it. */
  readonly source: string;
  readonly on: readonly ProfileName[];
}

/** The profiles that take what real clients send. */
const tolerant: readonly ProfileName[] = ['default', 'dronahq'];

/** Every switch. All off is the RFC alone. `docs/compatibility.md` lists them. */
export const profileSwitches = {
  operatorInAnyCase: {
    rule: '`op` of a PATCH may be "Add", "Replace" or "Remove", in any case.',
    source: 'Microsoft Entra ID; RFC 7644 3.5.2 spells them in lower case',
    on: tolerant,
  },
  booleanAsString: {
    rule: 'A boolean may be the text "True" or "false", in any case.',
    source: 'Microsoft Entra ID, Keycloak',
    on: tolerant,
  },
  complexAsValue: {
    rule: 'The manager may be a text, or a list of one.',
    source: 'Microsoft Entra ID: `manager` as a text; an older Microsoft sample wraps it in an array',
    on: tolerant,
  },
  emptyStringClears: {
    rule: 'The text "" clears an attribute.',
    source: 'Microsoft Entra ID; RFC 7643 2.5 has only `null` and `[]`',
    on: tolerant,
  },
  unmatchedFilterIsNoError: {
    rule: 'An add or replace at a filter that selects no value creates the value that the filter describes; a remove succeeds.',
    source: 'Microsoft Entra ID; RFC 7644 3.5.2.3 has `noTarget`',
    on: tolerant,
  },
  pathAsKey: {
    rule: 'A key in the value of an operation without a path may be a path: `{"name.familyName": "Lund"}`.',
    source: 'Microsoft Entra ID (aadOptscim062020)',
    on: tolerant,
  },
  readOnlyMayBeRepeated: {
    rule: 'A read-only attribute may be sent as it was read.',
    source: 'Okta replays what it read',
    on: tolerant,
  },
  bareBody: {
    rule: 'A PATCH may hold `Operations` without `schemas`, or a partial resource instead of operations.',
    source: 'DronaHQ SCIM REST documentation',
    on: ['dronahq'],
  },
  pathRequired: {
    rule: 'Every operation of a PATCH names its path.',
    source: 'draft-zollner-scim-interop-profile',
    on: ['interop'],
  },
  singleMatch: {
    rule: 'The filter of a path selects one value.',
    source: 'draft-zollner-scim-interop-profile',
    on: ['interop'],
  },
  complexReplacedWhole: {
    rule: 'Replacing a complex value leaves nothing of the old one.',
    source: 'draft-zollner-scim-interop-profile',
    on: ['interop'],
  },
} as const satisfies Readonly<Record<string, ProfileSwitch>>;

/** Which switches are on. */
export type Profile = Readonly<Record<keyof typeof profileSwitches, boolean>>;

const switchedOnIn = (name: ProfileName): Profile =>
  Object.fromEntries(
    Object.entries<ProfileSwitch>(profileSwitches).map(([key, { on }]) => [key, on.includes(name)]),
  ) as Profile;

/** The compatibility profiles that a credential may have, and that of the DronaHQ mounts. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  /** The RFC, and what real clients send. */
  default: switchedOnIn('default'),
  /** The RFC alone. */
  strict: switchedOnIn('strict'),
  /** draft-zollner-scim-interop-profile. */
  interop: switchedOnIn('interop'),
  dronahq: switchedOnIn('dronahq'),
};

/** Where DronaHQ Studio and self-hosted DronaHQ expect SCIM. */
export const dronahqMounts: readonly string[] = ['/api/scim/v2', '/sso/scim/v2'];

/** The profile of a request: the DronaHQ mounts imply theirs, elsewhere the credential says. */
export function profileOf(mount: string, credentialProfile: CompatibilityProfile): Profile {
  return profiles[dronahqMounts.includes(mount) ? 'dronahq' : credentialProfile];
}
