import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Resources whose `externalId` becomes one for each provisioning domain, and the history that says who wrote it. */
const resources = [
  { table: 'users', history: 'user_history', id: 'user_id' },
  { table: 'groups', history: 'group_history', id: 'group_id' },
] as const;

/**
 * The provisioning domain of an access token is its issuer, which is what stands before `#` in an actor. Every key that is
 * there has the domain `default`: the clients of an identity provider go on sharing their values, whichever key wrote them.
 */
const DOMAIN_OF_ACTOR = `CASE WHEN split_part(actor, '#', 1) COLLATE "C" ~ '^[!-~]{1,255}$' THEN split_part(actor, '#', 1) ELSE 'default' END`;

/** `externalId` is scoped to the provisioning domain of a credential (RFC 7643 3.1). */
export class ProvisioningDomains1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE api_keys ADD COLUMN domain text NOT NULL DEFAULT 'default'");
    await runner.query('DROP TRIGGER api_keys_changed ON api_keys');
    await runner.query(`
      CREATE TRIGGER api_keys_changed
      AFTER UPDATE OF tenant_id, key_hash, previous_key_hash, previous_expires_at, scopes, profile, domain, expires_at, revoked_at
      OR DELETE ON api_keys
      FOR EACH ROW EXECUTE FUNCTION notify_api_key_change()`);

    // A domain holds no space: no two identifiers have one key.
    await runner.query(`
      CREATE FUNCTION external_id_keys(tenant_id uuid, external_ids jsonb) RETURNS text[]
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN ARRAY(
        SELECT tenant_id::text || ' ' || (e.external_id ->> 'domain') || ' ' || (e.external_id ->> 'value')
        FROM jsonb_array_elements(external_ids) AS e (external_id)
      )`);

    for (const { table, history, id } of resources) {
      await runner.query(`ALTER TABLE ${table} ADD COLUMN external_ids jsonb`);
      await runner.query(`
        WITH written AS (
          SELECT DISTINCT ON (tenant_id, ${id}) tenant_id, ${id} AS id, actor
          FROM ${history}
          WHERE changes -> 'externalId' ? 'new'
          ORDER BY tenant_id, ${id}, version DESC
        ),
        owned AS (
          SELECT tenant_id, id, ${DOMAIN_OF_ACTOR} AS domain
          FROM ${table} LEFT JOIN written USING (tenant_id, id)
          WHERE external_id IS NOT NULL
        )
        UPDATE ${table} r
        SET external_ids = jsonb_build_array(jsonb_build_object('domain', owned.domain, 'value', r.external_id))
        FROM owned
        WHERE r.tenant_id = owned.tenant_id AND r.id = owned.id`);
    }
    await runner.query(`
      UPDATE users
      SET folds = (folds - 'external_id') || jsonb_build_object('external_ids', jsonb_build_array(jsonb_build_object(
        'domain', lower(external_ids -> 0 ->> 'domain'), 'value', folds ->> 'external_id')))
      WHERE folds ? 'external_id'`);

    await runner.query(`
      CREATE TABLE group_external_ids (
        tenant_id uuid NOT NULL,
        group_id uuid NOT NULL,
        domain text NOT NULL,
        external_id text NOT NULL,
        display_name_key text NOT NULL,
        CONSTRAINT group_external_ids_pkey PRIMARY KEY (tenant_id, group_id, domain)
      )`);
    await runner.query(`
      INSERT INTO group_external_ids (tenant_id, group_id, domain, external_id, display_name_key)
      SELECT tenant_id, id, external_ids -> 0 ->> 'domain', external_id, display_name_key
      FROM groups
      WHERE external_id IS NOT NULL AND deleted_at IS NULL`);
    // A name may be longer than an entry of an index.
    await runner.query(`
      CREATE UNIQUE INDEX group_external_ids_key
      ON group_external_ids (tenant_id, domain, external_id, md5(display_name_key))`);

    for (const { table } of resources) {
      await runner.query(`ALTER TABLE ${table} DROP COLUMN external_id`);
      // Without `fastupdate`, because what waits to be merged is searched one by one.
      await runner.query(`
        CREATE INDEX ${table}_external_ids ON ${table} USING gin (external_id_keys(tenant_id, external_ids))
        WITH (fastupdate = off)
        WHERE deleted_at IS NULL`);
    }
  }

  /** One value is left of several, that of `default` if it is there; where two share it, the older one keeps it. */
  async down(runner: QueryRunner): Promise<void> {
    for (const { table } of resources) {
      await runner.query(`DROP INDEX ${table}_external_ids`);
      await runner.query(`ALTER TABLE ${table} ADD COLUMN external_id text`);
      await runner.query(`
        WITH chosen AS (
          SELECT tenant_id, id, one.value, row_number() OVER (
            PARTITION BY tenant_id, one.value, deleted_at IS NULL ORDER BY created_at, id
          ) AS place
          FROM ${table}, LATERAL (
            SELECT each ->> 'value' AS value FROM jsonb_array_elements(external_ids) AS each
            ORDER BY each ->> 'domain' <> 'default' LIMIT 1
          ) one
        )
        UPDATE ${table} r
        SET external_id = chosen.value
        FROM chosen
        WHERE r.tenant_id = chosen.tenant_id AND r.id = chosen.id AND (chosen.place = 1 OR r.deleted_at IS NOT NULL)`);
      await runner.query(`ALTER TABLE ${table} DROP COLUMN external_ids`);
      await runner.query(
        `CREATE UNIQUE INDEX ${table}_external_id ON ${table} (tenant_id, external_id) WHERE deleted_at IS NULL`,
      );
    }
    // `externalId` is case exact: nothing reads its folded form.
    await runner.query("UPDATE users SET folds = NULLIF(folds - 'external_ids', '{}') WHERE folds ? 'external_ids'");
    await runner.query('DROP TABLE group_external_ids');
    await runner.query('DROP FUNCTION external_id_keys');
    await runner.query('DROP TRIGGER api_keys_changed ON api_keys');
    await runner.query('ALTER TABLE api_keys DROP COLUMN domain');
    await runner.query(`
      CREATE TRIGGER api_keys_changed
      AFTER UPDATE OF tenant_id, key_hash, previous_key_hash, previous_expires_at, scopes, profile, expires_at, revoked_at
      OR DELETE ON api_keys
      FOR EACH ROW EXECUTE FUNCTION notify_api_key_change()`);
  }
}
