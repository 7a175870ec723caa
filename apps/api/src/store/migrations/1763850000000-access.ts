import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys that can be managed, a history that can be read, e-mail addresses that wait, and how many users there are. */
export class Access1763850000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE api_keys
        ADD COLUMN profile text NOT NULL DEFAULT 'default',
        ADD COLUMN given boolean NOT NULL DEFAULT false,
        ADD COLUMN expires_at timestamptz(3),
        ADD COLUMN revoked_at timestamptz(3),
        ADD COLUMN last_used_at timestamptz(3),
        ADD COLUMN previous_key_hash bytea CONSTRAINT api_keys_previous_key_hash_key UNIQUE,
        ADD COLUMN previous_expires_at timestamptz(3)`);
    // Until now keys came from the settings alone.
    await runner.query('UPDATE api_keys SET given = true');
    await runner.query('CREATE INDEX api_keys_created_at ON api_keys (tenant_id, created_at, id)');
    // What is noted of a key's use does not change what it opens.
    await runner.query('DROP TRIGGER api_keys_changed ON api_keys');
    await runner.query(`
      CREATE OR REPLACE FUNCTION notify_api_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('stele_api_keys', OLD.id::text);
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER api_keys_changed
      AFTER UPDATE OF tenant_id, key_hash, previous_key_hash, previous_expires_at, scopes, profile, expires_at, revoked_at
      OR DELETE ON api_keys
      FOR EACH ROW EXECUTE FUNCTION notify_api_key_change()`);

    await runner.query(
      'ALTER TABLE user_history ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY, ADD COLUMN actor text',
    );
    await runner.query('CREATE INDEX user_history_seq ON user_history (tenant_id, seq)');

    await runner.query(`
      ALTER TABLE users
        ADD COLUMN pending_email text,
        ADD COLUMN pending_email_token bytea,
        ADD COLUMN pending_email_expires_at timestamptz(3)`);
    await runner.query(`
      CREATE TABLE outbox (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        kind text NOT NULL,
        recipient text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz(3) NOT NULL,
        failed_at timestamptz(3),
        last_error text,
        CONSTRAINT outbox_pkey PRIMARY KEY (tenant_id, id)
      )`);
    await runner.query('CREATE INDEX outbox_next_attempt_at ON outbox (next_attempt_at) WHERE failed_at IS NULL');

    // In slots, so that those who create users at the same time rarely wait for each other.
    await runner.query(`
      CREATE TABLE user_counts (
        tenant_id uuid NOT NULL,
        slot smallint NOT NULL,
        count bigint NOT NULL,
        CONSTRAINT user_counts_pkey PRIMARY KEY (tenant_id, slot)
      )`);
    await runner.query(
      'INSERT INTO user_counts SELECT tenant_id, 0, count(*) FROM users WHERE deleted_at IS NULL GROUP BY tenant_id',
    );

    await runner.query(`
      CREATE TABLE secrets (
        name text NOT NULL CONSTRAINT secrets_pkey PRIMARY KEY,
        secret bytea NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE secrets, user_counts, outbox');
    await runner.query(
      'ALTER TABLE users DROP COLUMN pending_email, DROP COLUMN pending_email_token, DROP COLUMN pending_email_expires_at',
    );
    await runner.query('ALTER TABLE user_history DROP COLUMN seq, DROP COLUMN actor');
    await runner.query('DROP TRIGGER api_keys_changed ON api_keys');
    await runner.query(`
      CREATE OR REPLACE FUNCTION notify_api_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('stele_api_keys', encode(OLD.key_hash, 'hex'));
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER api_keys_changed AFTER UPDATE OR DELETE ON api_keys
      FOR EACH ROW EXECUTE FUNCTION notify_api_key_change()`);
    await runner.query('DROP INDEX api_keys_created_at');
    await runner.query(`
      ALTER TABLE api_keys DROP COLUMN profile, DROP COLUMN given, DROP COLUMN expires_at, DROP COLUMN revoked_at, DROP COLUMN last_used_at,
        DROP COLUMN previous_key_hash, DROP COLUMN previous_expires_at`);
  }
}
