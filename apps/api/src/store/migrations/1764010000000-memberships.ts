import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What SQL makes of an employee number for a filter. */
const employeeNumber = `lower(COALESCE(folds ->> 'enterprise_employee_number', enterprise_employee_number) COLLATE "C")`;

/** The groups of a user are read from an index alone; users are found by their employee number. */
export class Memberships1764010000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX group_members_member_id');
    await runner.query('CREATE INDEX group_members_member_id ON group_members (tenant_id, member_id, group_id)');
    // Small where few groups are members: it is asked once for each group of a user.
    await runner.query(`
      CREATE INDEX group_members_nested ON group_members (tenant_id, member_id, group_id)
      WHERE member_type = 'Group'`);
    await runner.query(`
      CREATE INDEX users_employee_number ON users (tenant_id, ${employeeNumber})
      WHERE deleted_at IS NULL AND ${employeeNumber} IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX users_employee_number');
    await runner.query('DROP INDEX group_members_nested');
    await runner.query('DROP INDEX group_members_member_id');
    await runner.query('CREATE INDEX group_members_member_id ON group_members (tenant_id, member_id)');
  }
}
