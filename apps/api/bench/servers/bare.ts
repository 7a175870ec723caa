import { randomUUID } from 'node:crypto';
import fastify from 'fastify';
import pg from 'pg';
import { preparedPatch } from '../statement.ts';

// The thinnest server that changes a user and keeps its history: no authentication, no validation, no ETag. What it
// costs is what Fastify, pg and the kernel cost.

interface Row {
  id: string;
  user_name: string;
  emails: { value: string }[] | null;
  roles: { value: string }[] | null;
  name_given_name: string | null;
  name_family_name: string | null;
  created_at: Date;
  updated_at: Date;
}

const { DATABASE_URL, TENANT_ID, CREDENTIAL_ID } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 8 });
const app = fastify();

app.patch<{ Params: { id: string }; Body: { first_name: string } }>('/users/:id', async ({ params, body }, reply) => {
  const changes = JSON.stringify({ 'name.givenName': { new: body.first_name } });
  const { rows } = await pool.query<Row>({
    name: 'patch-user',
    text: preparedPatch,
    values: [TENANT_ID, params.id, body.first_name, new Date(), CREDENTIAL_ID, randomUUID(), changes],
  });
  const user = rows[0];
  if (!user) return reply.code(404).send({ error: 'not_found' });
  return {
    id: user.id,
    email: user.emails?.[0]?.value ?? null,
    username: user.user_name,
    first_name: user.name_given_name,
    last_name: user.name_family_name,
    role: user.roles?.[0]?.value ?? 'user',
    created_at: user.created_at,
    updated_at: user.updated_at,
  };
});

process.once('SIGTERM', () => process.exit(0));
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
