import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is accepted now and done later; and pictures of users. */
export class Jobs1763950000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE job_queues (
        tenant_id uuid NOT NULL,
        served_at timestamptz NOT NULL DEFAULT now(),
        lent_until timestamptz NOT NULL DEFAULT now(),
        token uuid,
        CONSTRAINT job_queues_pkey PRIMARY KEY (tenant_id)
      )`);
    await runner.query(`
      CREATE TABLE jobs (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        kind text NOT NULL,
        access jsonb NOT NULL,
        total integer NOT NULL,
        done integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        CONSTRAINT jobs_pkey PRIMARY KEY (tenant_id, id)
      )`);
    await runner.query('CREATE INDEX jobs_waiting ON jobs (tenant_id, created_at, id) WHERE finished_at IS NULL');
    await runner.query('CREATE INDEX jobs_finished_at ON jobs (finished_at)');
    await runner.query(`
      CREATE TABLE job_items (
        tenant_id uuid NOT NULL,
        job_id uuid NOT NULL,
        number integer NOT NULL,
        item jsonb,
        result jsonb,
        CONSTRAINT job_items_pkey PRIMARY KEY (tenant_id, job_id, number)
      )`);
    await runner.query(`
      CREATE TABLE images (
        tenant_id uuid NOT NULL,
        user_id uuid NOT NULL,
        id text NOT NULL,
        media_type text NOT NULL,
        bytes bytea NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT images_pkey PRIMARY KEY (tenant_id, user_id, id)
      )`);
    // Images are compressed already.
    await runner.query('ALTER TABLE images ALTER COLUMN bytes SET STORAGE EXTERNAL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE images, job_items, jobs, job_queues');
  }
}
