import type { CompatibilityProfile } from '../canonical/api-key.ts';

/** One named rule in which clients differ from RFC 7643 and RFC 7644, or from each other. */
export interface ProfileSwitch {
  /** What holds where the switch is on. */
  readonly rule: string;
  /** The client, bug report or document that asks for it. */
  readonly source: string;
  readonly on: readonly CompatibilityProfile[];
}

/** The profiles that take what real clients send. */
const tolerant: readonly CompatibilityProfile[] = ['default', 'dronahq'];

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
    rule: 'A text stands for a complex value whose `value` it is: `"roles": ["ADMIN"]`, `"manager": "26118915"`. It is not split at commas.',
    source: 'Microsoft Entra ID (`manager`), Okta and Auth0 (`roles`), clients that list member ids as texts',
    on: tolerant,
  },
  listOfOne: {
    rule: 'A list of one stands for its element where a single value is wanted.',
    source:
      'Captain-P-Goldfish/SCIM-SDK (wraps the value of every PATCH operation); an older Microsoft sample (`manager`)',
    on: tolerant,
  },
  valueObject: {
    rule: 'An object that holds a `value` and otherwise nulls stands for that value: `"active": [{"$ref": null, "value": "False"}]`.',
    source: 'Microsoft SCIM reference code (`OperationValue`)',
    on: tolerant,
  },
  valueAsJsonText: {
    rule: 'The value of an operation without a path may be a text that holds the JSON of an object.',
    source: 'Clients that serialize the value twice',
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
    rule: 'A read-only attribute may be sent as it was read, or as `null`, in an operation without a path.',
    source: 'Okta replays what it read',
    on: tolerant,
  },
  schemasMayBeMissing: {
    rule: '`schemas` may be missing, `null`, empty, or hold only URNs that name no other resource type or message.',
    source: 'authentik (goauthentik/authentik#7460), Infisical, WSO2 Identity Server (wso2/product-is#2978, #16933)',
    on: tolerant,
  },
  noOperationsMayBeSent: {
    rule: 'The list of operations of a PATCH may be empty: nothing changes.',
    source: 'Clients that send a difference although there is none; RFC 7644 3.5.2 wants one or more operations',
    on: tolerant,
  },
  olderUrns: {
    rule: 'The URNs of SCIM 1.1 and of drafts (`urn:scim:schemas:core:1.0`, `urn:scim:schemas:extension:enterprise:2.0` and their like) stand for the present ones, in `schemas`, as containers and before attribute names.',
    source: 'OneLogin (goauthentik/authentik#11249)',
    on: tolerant,
  },
  urnAsContainer: {
    rule: 'In a resource the core URN may contain attributes, and each URN of the type may stand before an attribute name, as in a PATCH.',
    source: 'RFC 7644 3.10 has this notation for paths; clients use it in bodies',
    on: tolerant,
  },
  dotAfterUrn: {
    rule: 'A dot may follow the URN of a schema instead of a colon: `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager`.',
    source: 'apache/directory-scimple#704, jelhub/scimgateway#124',
    on: tolerant,
  },
  schemasInExtension: {
    rule: 'The object of an extension may hold its own `schemas`.',
    source: 'Clients that serialize the extension as a resource',
    on: tolerant,
  },
  unknownIsIgnored: {
    rule: 'Unknown members of a message, and unknown attributes, sub-attributes and extensions in bodies and values, are ignored. The response field `Stele-Ignored` names them.',
    source: 'AzureAD/SCIMReferenceCode#20, goauthentik/authentik#14202, Captain-P-Goldfish/SCIM-SDK (`returnResource`)',
    on: tolerant,
  },
  filteredSubAttribute: {
    rule: 'In a filter `emails[type eq "work"].value eq "x"` means `emails[type eq "work" and value eq "x"]`.',
    source: 'Microsoft Entra ID (matching attribute), FusionAuth/fusionauth-issues#2456',
    on: tolerant,
  },
  unquotedFilterValue: {
    rule: 'In a filter a text without quotes goes on to the next space or closing parenthesis (in brackets, the closing bracket); `True` and `False` are booleans.',
    source: 'WSO2 Identity Server (wso2/product-is#21904), langwatch, goauthentik/authentik#16455',
    on: tolerant,
  },
  repeatedParameter: {
    rule: '`attributes` and `excludedAttributes` may be there several times in a query, and mean one list.',
    source: 'Clients whose HTTP library repeats the parameter for each value of a list (RFC 7644 3.9)',
    on: tolerant,
  },
  looseDates: {
    rule: 'A date in a filter may have an offset without a colon (`+0000`, also where `+` came as a space), and may have no time: it is midnight, UTC.',
    source: 'Microsoft SCIM collection, thomaspoignant/scim2-parse-filter#170; RFC 7643 2.3.5 has xsd:dateTime alone',
    on: tolerant,
  },
  sortOrderInAnyCase: {
    rule: '`sortOrder` may be "Ascending" or "DESCENDING", in any case.',
    source: 'Clients that spell it as their enumeration does; RFC 7644 3.4.2.3 spells it in lower case',
    on: tolerant,
  },
  bareBody: {
    rule: 'A PATCH may hold a partial resource instead of operations. Its unknown attributes are rejected.',
    source: 'DronaHQ SCIM REST documentation',
    on: ['dronahq'],
  },
  membersByName: {
    rule: 'A member may be named by its id, else by its `externalId` in the provisioning domain of the credential, else by the e-mail address of a user; a whole number stands for its text. Several matches are 400.',
    source: 'DronaHQ SCIM REST documentation',
    on: ['dronahq'],
  },
  membersShowDisplay: {
    rule: 'Members show their `display` without being asked.',
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

const switchedOnIn = (name: CompatibilityProfile): Profile =>
  Object.fromEntries(
    Object.entries<ProfileSwitch>(profileSwitches).map(([key, { on }]) => [key, on.includes(name)]),
  ) as Profile;

/** The compatibility profiles that a credential may have, and that of the DronaHQ mounts. */
export const profiles: Readonly<Record<CompatibilityProfile, Profile>> = {
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
