/** The values of the thinnest PATCH, as parameters or as expressions. */
export interface PatchValues {
  readonly tenantId: string;
  readonly id: string;
  readonly givenName: string;
  readonly updatedAt: string;
  readonly credentialId: string;
  readonly requestId: string;
  readonly changes: string;
}

/** The least that keeps the promise of a PATCH: one row changed, its version moved by one, and one history row. */
export function patchStatement(values: PatchValues): string {
  return `WITH written AS (
    UPDATE users SET version = version + 1, updated_at = ${values.updatedAt}::timestamptz, name_given_name = ${values.givenName}
    WHERE tenant_id = ${values.tenantId}::uuid AND id = ${values.id}::uuid AND deleted_at IS NULL
    RETURNING tenant_id, id, version, user_name, emails, roles, name_given_name, name_family_name, created_at, updated_at
  ), recorded AS (
    INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes)
    SELECT tenant_id, id, version, updated_at, ${values.credentialId}::uuid, 'v1', 'updateUser', ${values.requestId}::text,
      ${values.changes}::jsonb
    FROM written
  ) SELECT id, version, user_name, emails, roles, name_given_name, name_family_name, created_at, updated_at FROM written`;
}

/** The same with `$1` to `$7`, for a prepared statement. */
export const preparedPatch = patchStatement({
  tenantId: '$1',
  id: '$2',
  givenName: '$3',
  updatedAt: '$4',
  credentialId: '$5',
  requestId: '$6',
  changes: '$7',
});
