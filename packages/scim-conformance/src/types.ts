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
/** A group of checks. The id of a check begins with its area. */
export type Area = (typeof areas)[number];

/** The specification or the client whose behavior a check describes, with the name that a reader knows it by. */
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

/** The fields of a check in a report, without its outcome. */
export interface CheckInfo {
  /** Unique, and the same in every run: `patch.add-single`. */
  readonly id: string;
  readonly area: Area;
  readonly provider: Provider;
  /** The request and the result that the rule asks for, in one line. */
  readonly title: string;
  /** The section of an RFC, or the document, bug report or source code that shows the request. */
  readonly source: string;
}

/** What a server may lack: features of `/ServiceProviderConfig`, types of `/ResourceTypes`, attributes of `/Schemas`. */
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
  | `enterprise.${string}`
  | `User.${string}`
  | `Group.${string}`;

/** An attribute as `/Schemas` describes it (RFC 7643 7). */
export interface Attribute {
  readonly name: string;
  readonly type: string;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly mutability: string;
  readonly returned: string;
  readonly canonicalValues: readonly string[];
  readonly referenceTypes: readonly string[];
  readonly subAttributes: readonly Attribute[];
}

export interface Schema {
  readonly urn: string;
  readonly attributes: readonly Attribute[];
}

/** What the discovery endpoints of a server describe (RFC 7644 4). */
export interface Server {
  readonly config: unknown;
  /** The core schema and the extensions of each resource type, by its name. */
  readonly schemas: Readonly<Record<string, readonly Schema[]>>;
  /** Why a need is not met; undefined where it is. */
  readonly lacks: (need: Need) => string | undefined;
}

/** One request and its response. Credentials are replaced by `<redacted>`, long bodies are cut. */
export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  /** Missing where no response arrived. */
  readonly response?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  /** Why no response arrived. */
  readonly error?: string;
}

export interface CheckResult extends CheckInfo {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why the check failed or was skipped, in one line. */
  readonly reason?: string;
  /** What the rule asks for, where the server did something else. */
  readonly expected?: string;
  readonly actual?: string;
  /** The requests of the check in their order, except those that delete what it created. */
  readonly exchanges: readonly Exchange[];
  readonly durationMs: number;
}

export interface ConformanceReport {
  readonly url: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Paths of resources that the run created and could not delete, and what it could not search for. */
  readonly leftBehind: readonly string[];
  readonly checks: readonly CheckResult[];
}
