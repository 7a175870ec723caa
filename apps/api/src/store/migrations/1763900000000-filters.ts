import type { MigrationInterface, QueryRunner } from 'typeorm';

/** NFKC, then lower case: what two texts have in common that differ in case alone. */
const fold = (text: string): string => text.normalize('NFKC').toLowerCase();

/** What SQL makes of a text by `lower(... COLLATE "C")`. */
const foldAscii = (text: string): string => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** A value with every text in it changed. */
function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => withTexts(each, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withTexts(each, change)]));
}

type Row = Readonly<Record<string, unknown>>;

/** The columns of a row whose texts SQL would not fold as JavaScript does, folded. */
function foldsOf(row: Row): Row {
  const differing = Object.entries(row).filter(
    ([, value]) => JSON.stringify(withTexts(value, fold)) !== JSON.stringify(withTexts(value, foldAscii)),
  );
  return Object.fromEntries(differing.map(([name, value]) => [name, withTexts(value, fold)]));
}

const BATCH = 1000;

/** Texts that compare without case, addresses that are found by any of them, and groups. */
export class Filters1763900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // By column, folded by the application, lists as a whole; null when SQL's `lower` for ASCII does the same.
    await runner.query('ALTER TABLE users ADD COLUMN folds jsonb');
    await fillFolds(runner);
    await runner.query(`
      CREATE FUNCTION email_keys(emails jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN ARRAY(SELECT lower((e.email ->> 'value') COLLATE "C") FROM jsonb_array_elements(emails) AS e (email) WHERE e.email ->> 'value' IS NOT NULL)`);
    // The keys are in the index alone: in a column they would be read with every row. Without `fastupdate`, because what
    // waits to be merged is searched one by one.
    await runner.query(`
      CREATE INDEX users_email_keys ON users USING gin (email_keys(COALESCE(folds -> 'emails', emails)))
      WITH (fastupdate = off)`);

    await runner.query(`
      CREATE TABLE groups (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        version integer NOT NULL,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        deleted_at timestamptz(3),
        display_name text NOT NULL,
        display_name_key text NOT NULL,
        external_id text,
        CONSTRAINT groups_pkey PRIMARY KEY (tenant_id, id)
      )`);
    await runner.query(
      'CREATE INDEX groups_display_name_key ON groups (tenant_id, display_name_key) WHERE deleted_at IS NULL',
    );
    await runner.query(
      'CREATE UNIQUE INDEX groups_external_id ON groups (tenant_id, external_id) WHERE deleted_at IS NULL',
    );
    await runner.query('CREATE INDEX groups_created_at ON groups (tenant_id, created_at, id)');
    // Of those who are there alone: whoever is deleted, user or group, leaves every group, and a group its members.
    await runner.query(`
      CREATE TABLE group_members (
        tenant_id uuid NOT NULL,
        group_id uuid NOT NULL,
        member_id uuid NOT NULL,
        member_type text NOT NULL,
        added_at timestamptz(3) NOT NULL,
        CONSTRAINT group_members_pkey PRIMARY KEY (tenant_id, group_id, member_id)
      )`);
    await runner.query('CREATE INDEX group_members_member_id ON group_members (tenant_id, member_id)');
    // Few groups are members: who follows them does not look at all the users on the way.
    await runner.query(
      "CREATE INDEX group_members_groups ON group_members (tenant_id, group_id, member_id) WHERE member_type = 'Group'",
    );
    await runner.query(`
      CREATE TABLE group_history (
        tenant_id uuid NOT NULL,
        group_id uuid NOT NULL,
        version integer NOT NULL,
        at timestamptz(3) NOT NULL,
        credential_id uuid NOT NULL,
        dialect text NOT NULL,
        operation text NOT NULL,
        request_id text NOT NULL,
        changes jsonb NOT NULL,
        seq bigint GENERATED ALWAYS AS IDENTITY,
        actor text,
        CONSTRAINT group_history_pkey PRIMARY KEY (tenant_id, group_id, version)
      )`);
    await runner.query(`
      CREATE TRIGGER group_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON group_history
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE group_history, group_members, groups');
    await runner.query('DROP INDEX users_email_keys');
    await runner.query('DROP FUNCTION email_keys');
    await runner.query('ALTER TABLE users DROP COLUMN folds');
  }
}

/** Only what is not all ASCII can differ; it has more bytes than characters. User names have their keys already. */
async function fillFolds(runner: QueryRunner): Promise<void> {
  await runner.query(`
    DECLARE users_to_fold NO SCROLL CURSOR FOR
    SELECT tenant_id, id, to_jsonb(u) - 'user_name' - 'user_name_key' - 'email_key' AS columns FROM users u
    WHERE octet_length(u::text) > length(u::text)`);
  for (;;) {
    const rows = (await runner.query(`FETCH ${BATCH} FROM users_to_fold`)) as ({ columns: Row } & Row)[];
    if (rows.length === 0) break;
    const filled = rows
      .map(({ columns, ...key }) => ({ ...key, folds: foldsOf(columns) }))
      .filter(({ folds }) => Object.keys(folds).length > 0);
    await runner.query(
      `UPDATE users u SET folds = f.folds
       FROM jsonb_to_recordset($1::jsonb) AS f (tenant_id uuid, id uuid, folds jsonb)
       WHERE u.tenant_id = f.tenant_id AND u.id = f.id`,
      [JSON.stringify(filled)],
    );
  }
  await runner.query('CLOSE users_to_fold');
}
