import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The name of a group may be longer than an entry of an index: 1,024 characters are up to 4,096 bytes, an entry has 2,704. */
export class GroupNames1764020000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX groups_display_name_key');
    await runner.query(`
      CREATE INDEX groups_display_name_key ON groups (tenant_id, left(display_name_key, 500))
      WHERE deleted_at IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX groups_display_name_key');
    await runner.query(`
      CREATE INDEX groups_display_name_key ON groups (tenant_id, display_name_key)
      WHERE deleted_at IS NULL`);
  }
}
