import type { Session } from './session.ts';

export const areas = [
  'discovery',
  'errors',
  'users',
  'projection',
  'filters',
  'lists',
  'cursors',
  'search',
  'put',
  'delete',
  'patch',
  'etag',
  'groups',
  'bulk',
  'attributes',
  'okta',
  'entra',
  'keycloak',
  'clients',
] as const;
export type Area = (typeof areas)[number];

/** Whose behaviour a check describes. */
export const providers = {
  rfc: 'RFC',
  okta: 'Okta',
  entra: 'Microsoft Entra ID',
  onelogin: 'OneLogin',
  jumpcloud: 'JumpCloud',
  google: 'Google Workspace',
  authentik: 'authentik',
  keycloak: 'Keycloak',
  scimgateway: 'scimgateway',
  'scim-sdk': 'SCIM-SDK',
  wso2: 'WSO2 Identity Server',
  dronahq: 'DronaHQ',
  several: 'Several clients',
} as const;
export type Provider = keyof typeof providers;

/** Who sends requests. */
export type Client = Exclude<Provider, 'rfc'>;

/** What a server may lack: what its configuration announces, kinds of resources, and attributes in its schemas. */
export type Need =
  | 'patch'
  | 'bulk'
  | 'filter'
  | 'sort'
  | 'etag'
  | 'changePassword'
  | 'cursor'
  | 'Groups'
  | 'enterprise'
  | `User.${string}`
  | `Group.${string}`;

export interface Check {
  /** What `--only` finds it by. */
  readonly id: string;
  readonly area: Area;
  readonly provider: Provider;
  /** The rule in a few words. */
  readonly title: string;
  /** Where the rule stands. */
  readonly source: string;
  readonly needs?: readonly Need[];
  /** Throws where the server breaks the rule. What it creates is deleted afterwards. */
  readonly run: (session: Session) => Promise<void>;
}

/** A check before it has its place. */
export type Rule = Omit<Check, 'id' | 'area' | 'provider'>;

/** A rule for each row of a table, under the name of the row. */
export const eachOf = <Row>(
  table: Readonly<Record<string, Row>>,
  rule: (row: Row) => Rule,
): Readonly<Record<string, Rule>> => Object.fromEntries(Object.entries(table).map(([name, row]) => [name, rule(row)]));

const isProvider = (name: string): name is Provider => Object.hasOwn(providers, name);

/** The checks of one area, each by its name in it. An area that is named like a provider holds what goes beyond the RFCs. */
export const inArea = (area: Area, rules: Readonly<Record<string, Rule>>): readonly Check[] =>
  Object.entries(rules).map(([name, rule]) => ({
    id: `${area}.${name}`,
    area,
    provider: isProvider(area) ? area : 'rfc',
    ...rule,
  }));
