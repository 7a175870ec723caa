import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The trigger that tells replicas of a changed key, with the columns that hold its older secrets. */
const trigger = (previous: string) => `
  CREATE TRIGGER api_keys_changed
  AFTER UPDATE OF tenant_id, key_hash, ${previous}, scopes, profile, domain, expires_at, revoked_at
  OR DELETE ON api_keys
  FOR EACH ROW EXECUTE FUNCTION notify_api_key_change()`;

/** A key has several secrets in their overlap, not one. */
export class RotatedSecrets1764520000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER api_keys_changed ON api_keys');
    await runner.query("ALTER TABLE api_keys ADD COLUMN previous_secrets jsonb NOT NULL DEFAULT '[]'");
    await runner.query(`
      UPDATE api_keys
      SET previous_secrets = jsonb_build_array(jsonb_build_object(
        'key_hash', encode(previous_key_hash, 'hex'), 'expires_at', previous_expires_at))
      WHERE previous_expires_at > now()`);
    await runner.query('ALTER TABLE api_keys DROP COLUMN previous_key_hash, DROP COLUMN previous_expires_at');
    await runner.query(trigger('previous_secrets'));
  }

  /** One secret is left of several: the one that ends last. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER api_keys_changed ON api_keys');
    await runner.query(`
      ALTER TABLE api_keys
        ADD COLUMN previous_key_hash bytea CONSTRAINT api_keys_previous_key_hash_key UNIQUE,
        ADD COLUMN previous_expires_at timestamptz(3)`);
    await runner.query(`
      UPDATE api_keys k
      SET previous_key_hash = decode(last.secret ->> 'key_hash', 'hex'),
        previous_expires_at = (last.secret ->> 'expires_at')::timestamptz
      FROM api_keys o, LATERAL (
        SELECT secret
        FROM jsonb_array_elements(o.previous_secrets) AS previous (secret)
        ORDER BY (secret ->> 'expires_at')::timestamptz DESC
        LIMIT 1
      ) last
      WHERE k.id = o.id`);
    await runner.query('ALTER TABLE api_keys DROP COLUMN previous_secrets');
    await runner.query(trigger('previous_key_hash, previous_expires_at'));
  }
}
