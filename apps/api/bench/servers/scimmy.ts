import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import express from 'express';
import pg from 'pg';
import SCIMMY from 'scimmy';
import { SCIMMYRouters } from 'scimmy-routers';

// scimmy-routers as its documentation sets it up, over the same table and with named statements: it reads the user,
// applies the operations, and hands the whole user back to be written, here with its history row.

interface Row {
  id: string;
  version: number;
  status: string;
  user_name: string;
  display_name: string | null;
  title: string | null;
  name_given_name: string | null;
  name_family_name: string | null;
  emails: object[] | null;
  roles: object[] | null;
  created_at: Date;
  updated_at: Date;
}

const columns =
  'id, version, status, user_name, display_name, title, name_given_name, name_family_name, emails, roles, created_at, updated_at';

const { DATABASE_URL, TENANT_ID, CREDENTIAL_ID, API_KEY } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 8 });

const resourceOf = (row: Row) => ({
  id: row.id,
  active: row.status === 'active',
  userName: row.user_name,
  displayName: row.display_name,
  title: row.title,
  name: { givenName: row.name_given_name, familyName: row.name_family_name },
  emails: row.emails,
  roles: row.roles,
  meta: { created: row.created_at, lastModified: row.updated_at },
});

const found = (row: Row | undefined) => {
  if (!row) throw new SCIMMY.Types.Error(404, '', 'There is no such user');
  return resourceOf(row) as never;
};

SCIMMY.Resources.declare(SCIMMY.Resources.User)
  .egress(async ({ id }) => {
    const { rows } = await pool.query<Row>({
      name: 'read-user',
      text: `SELECT ${columns} FROM users WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`,
      values: [TENANT_ID, id],
    });
    return found(rows[0]);
  })
  .ingress(async ({ id }, user) => {
    const changes = JSON.stringify({ displayName: { new: user.displayName }, title: { new: user.title } });
    const { rows } = await pool.query<Row>({
      name: 'write-user',
      text: `WITH written AS (
        UPDATE users SET version = version + 1, updated_at = $3, status = $4, user_name = $5, display_name = $6, title = $7,
          name_given_name = $8, name_family_name = $9, emails = $10, roles = $11
        WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING tenant_id, ${columns}
      ), recorded AS (
        INSERT INTO user_history (tenant_id, user_id, version, at, credential_id, dialect, operation, request_id, changes)
        SELECT tenant_id, id, version, updated_at, $12::uuid, 'scim', 'patchUser', $13::text, $14::jsonb FROM written
      ) SELECT ${columns} FROM written`,
      values: [
        TENANT_ID,
        id,
        new Date(),
        user.active ? 'active' : 'disabled',
        user.userName,
        user.displayName,
        user.title,
        user.name?.givenName,
        user.name?.familyName,
        JSON.stringify(user.emails ?? null),
        JSON.stringify(user.roles ?? null),
        CREDENTIAL_ID,
        randomUUID(),
        changes,
      ],
    });
    return found(rows[0]);
  });

const app = express();
app.use(
  '/scim/v2',
  new SCIMMYRouters({
    type: 'bearer',
    handler: (request) => {
      if (request.header('authorization') !== `Bearer ${API_KEY}`) throw new Error('The API key is not valid');
      return 'bench';
    },
  }),
);

process.once('SIGTERM', () => process.exit(0));
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
