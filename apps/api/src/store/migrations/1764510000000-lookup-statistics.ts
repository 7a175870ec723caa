import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes of lists of keys. */
const keyIndexes = ['users_email_keys', 'users_external_ids', 'groups_external_ids'] as const;

/** What PostgreSQL has to know to find few users, and not more. */
export class LookupStatistics1764510000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // It gathers how many employee numbers there are for the partial index on them too, and does not use it: it expected
    // one user in 200 to have any number, and walked all users where a list shows few.
    await runner.query(`
      CREATE STATISTICS users_employee_number_statistics
      ON (lower(COALESCE(folds ->> 'enterprise_employee_number', enterprise_employee_number) COLLATE "C"))
      FROM users`);
    // Of keys that are rare it keeps nothing, and computes all of them to know that.
    for (const name of keyIndexes) await runner.query(`ALTER INDEX ${name} ALTER COLUMN 1 SET STATISTICS 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of keyIndexes) await runner.query(`ALTER INDEX ${name} ALTER COLUMN 1 SET STATISTICS -1`);
    await runner.query('DROP STATISTICS users_employee_number_statistics');
  }
}
