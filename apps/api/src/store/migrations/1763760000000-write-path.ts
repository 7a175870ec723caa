import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers to requests with a key; a history that can only grow; news of keys that change. */
export class WritePath1763760000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_keys (
        tenant_id uuid NOT NULL,
        key_hash bytea NOT NULL,
        fingerprint bytea NOT NULL,
        token uuid NOT NULL,
        locked_until timestamptz(3) NOT NULL,
        created_at timestamptz(3) NOT NULL,
        answer jsonb,
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, key_hash)
      )`);
    await runner.query('CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at)');
    // A trigger holds for the owner of the table too, which the API's role may be.
    await runner.query(`
      CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'user_history is append-only' USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await runner.query(`
      CREATE TRIGGER user_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON user_history
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change()`);
    await runner.query(`
      CREATE FUNCTION notify_api_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('stele_api_keys', encode(OLD.key_hash, 'hex'));
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER api_keys_changed AFTER UPDATE OR DELETE ON api_keys
      FOR EACH ROW EXECUTE FUNCTION notify_api_key_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER api_keys_changed ON api_keys');
    await runner.query('DROP FUNCTION notify_api_key_change');
    await runner.query('DROP TRIGGER user_history_append_only ON user_history');
    await runner.query('DROP FUNCTION refuse_history_change');
    await runner.query('DROP TABLE idempotency_keys');
  }
}
