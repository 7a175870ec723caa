import type {
  NermAuditEvent,
  NermAvatar,
  NermBulkAccepted,
  NermJob,
  NermUser,
  ScimUser,
  V1ApiKey,
  V1GroupHistoryEntry,
  V1HistoryEntry,
  V1Tenant,
  V1User,
} from '@stele/sdk';

/** The names of all fields of a resource. One that is missing or unknown does not compile. */
const fieldsOf = <Resource extends object>(names: Readonly<Record<keyof Resource & string, true>>): readonly string[] =>
  Object.keys(names);

/** The fields that `--fields` may name, by the resource that a command prints. */
export const v1User = fieldsOf<V1User>({
  id: true,
  username: true,
  email: true,
  first_name: true,
  last_name: true,
  role: true,
  created_at: true,
  updated_at: true,
  pending_email: true,
});

export const scimUser = fieldsOf<ScimUser>({
  schemas: true,
  id: true,
  externalId: true,
  meta: true,
  userName: true,
  name: true,
  displayName: true,
  nickName: true,
  profileUrl: true,
  title: true,
  userType: true,
  preferredLanguage: true,
  locale: true,
  timezone: true,
  active: true,
  emails: true,
  phoneNumbers: true,
  ims: true,
  photos: true,
  addresses: true,
  groups: true,
  entitlements: true,
  roles: true,
  x509Certificates: true,
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': true,
  'urn:ietf:params:scim:schemas:extension:stele:lifecycle:2.0:User': true,
});

export const nermUser = fieldsOf<NermUser>({
  id: true,
  uid: true,
  name: true,
  email: true,
  type: true,
  title: true,
  status: true,
  login: true,
  last_login: true,
  cookies_accepted_at: true,
  preferred_language: true,
  locale: true,
  group_strings: true,
  sailpoint_identity_id: true,
});

export const nermAvatar = fieldsOf<NermAvatar>({ url: true });

export const nermJob = fieldsOf<NermJob>({
  uid: true,
  status: true,
  job_type: true,
  total: true,
  done: true,
  job_data: true,
});

export const nermAcceptedJob = fieldsOf<NermBulkAccepted['job']>({ job_id: true, status: true });

export const nermAuditEvent = fieldsOf<NermAuditEvent>({
  id: true,
  created_at: true,
  subject_type: true,
  subject_id: true,
  type: true,
  data: true,
});

const historyEntry = {
  seq: true,
  version: true,
  at: true,
  actor: true,
  dialect: true,
  operation: true,
  request_id: true,
  changes: true,
} as const;

export const v1HistoryEntry = fieldsOf<V1HistoryEntry>(historyEntry);

export const v1GroupHistoryEntry = fieldsOf<V1GroupHistoryEntry>({ ...historyEntry, members: true });

export const v1ApiKey = fieldsOf<V1ApiKey>({
  id: true,
  tenant_id: true,
  name: true,
  scopes: true,
  profile: true,
  domain: true,
  created_at: true,
  expires_at: true,
  last_used_at: true,
  previous_secrets: true,
});

export const v1Tenant = fieldsOf<V1Tenant>({ id: true, name: true, created_at: true });
