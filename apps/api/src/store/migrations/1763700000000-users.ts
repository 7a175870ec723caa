import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants, their API keys, their users, and the history of every user. */
export class Users1763700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE tenants (
        id uuid NOT NULL CONSTRAINT tenants_pkey PRIMARY KEY,
        name text NOT NULL CONSTRAINT tenants_name_key UNIQUE,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE api_keys (
        id uuid NOT NULL CONSTRAINT api_keys_pkey PRIMARY KEY,
        tenant_id uuid NOT NULL CONSTRAINT api_keys_tenant_id_fkey REFERENCES tenants (id),
        name text NOT NULL,
        key_hash bytea NOT NULL CONSTRAINT api_keys_key_hash_key UNIQUE,
        scopes text[] NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE users (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        version integer NOT NULL,
        created_at timestamptz(3) NOT NULL,
        updated_at timestamptz(3) NOT NULL,
        deleted_at timestamptz(3),
        user_name_key text NOT NULL,
        email_key text,
        password_hash text,
        user_name text NOT NULL,
        external_id text,
        status text NOT NULL,
        display_name text,
        nick_name text,
        profile_url text,
        title text,
        user_type text,
        preferred_language text,
        locale text,
        timezone text,
        name_formatted text,
        name_family_name text,
        name_given_name text,
        name_middle_name text,
        name_honorific_prefix text,
        name_honorific_suffix text,
        emails jsonb,
        phone_numbers jsonb,
        ims jsonb,
        photos jsonb,
        addresses jsonb,
        entitlements jsonb,
        roles jsonb,
        x509_certificates jsonb,
        enterprise_employee_number text,
        enterprise_cost_center text,
        enterprise_organization text,
        enterprise_division text,
        enterprise_department text,
        enterprise_manager_value text,
        enterprise_manager_ref text,
        lifecycle_type text,
        lifecycle_profile_id text,
        lifecycle_group_strings jsonb,
        lifecycle_sailpoint_identity_id text,
        lifecycle_last_login timestamptz(3),
        lifecycle_cookies_accepted_at timestamptz(3),
        CONSTRAINT users_pkey PRIMARY KEY (tenant_id, id)
      )`);
    await runner.query(
      'CREATE UNIQUE INDEX users_user_name_key ON users (tenant_id, user_name_key) WHERE deleted_at IS NULL',
    );
    await runner.query(
      'CREATE UNIQUE INDEX users_external_id ON users (tenant_id, external_id) WHERE deleted_at IS NULL',
    );
    await runner.query('CREATE INDEX users_email_key ON users (tenant_id, email_key)');
    await runner.query('CREATE INDEX users_created_at ON users (tenant_id, created_at, id)');
    await runner.query(`
      CREATE TABLE user_history (
        tenant_id uuid NOT NULL,
        user_id uuid NOT NULL,
        version integer NOT NULL,
        at timestamptz(3) NOT NULL,
        credential_id uuid NOT NULL,
        dialect text NOT NULL,
        operation text NOT NULL,
        request_id text NOT NULL,
        changes jsonb NOT NULL,
        CONSTRAINT user_history_pkey PRIMARY KEY (tenant_id, user_id, version)
      )`);
    await runner.query('CREATE INDEX user_history_at ON user_history (tenant_id, at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE user_history, users, api_keys, tenants');
  }
}
