import { expect } from 'vitest';
import type { Answer, TestApp } from './app.ts';

// What a request costs is what PostgreSQL does for it: rows and blocks, which are the same on every machine. Milliseconds
// are not.

export const tables = ['users', 'user_counts', 'user_history', 'groups', 'group_members', 'group_history'] as const;
export type Table = (typeof tables)[number];

export interface Work {
  /** Rows that were looked at, or written. */
  readonly rows: Readonly<Record<Table, number>>;
  /** How often each table, or an index of it, was searched. */
  readonly scans: Readonly<Record<Table, number>>;
  /** Pages of tables and of their indexes that were looked at, one as often as it was. */
  readonly blocks: number;
  readonly answer: Answer;
}

type Counters = Readonly<Record<'rows' | 'scans' | 'blocks', number>>;

export const idOf = (n: number) => `01979f2e-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
/** The same of a number `n` in SQL. */
export const ID = "('01979f2e-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
const TIME = "'2026-01-01T00:00:00Z'::timestamptz + n * interval '1 second'";
const TENANT = "(SELECT tenant_id AS tenant FROM api_keys WHERE name = 'key 0') k";

/** As many as one statement writes well before its time is up. */
const BATCH = 10_000;

export interface Costs {
  workOf(request: () => Promise<Answer>): Promise<Work>;
  /** Users with these numbers, in order of creation. */
  addUsers(first: number, last: number): Promise<void>;
  addGroups(first: number, last: number): Promise<void>;
  analyze(): Promise<void>;
}

/** Measures the requests to an API that has one connection, and fills its directory. */
export async function costsOf(api: TestApp): Promise<Costs> {
  for (const table of tables) await api.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);

  async function counters(): Promise<ReadonlyMap<Table, Counters>> {
    await api.query('SELECT pg_stat_force_next_flush()');
    const counted = await api.query(
      `SELECT relname AS name, (seq_tup_read + COALESCE(idx_tup_fetch, 0) + n_tup_ins + n_tup_upd + n_tup_del)::integer AS rows,
        (seq_scan + COALESCE(idx_scan, 0))::integer AS scans,
        (heap_blks_hit + heap_blks_read + COALESCE(idx_blks_hit + idx_blks_read, 0))::integer AS blocks
       FROM pg_stat_user_tables JOIN pg_statio_user_tables USING (relid, relname) WHERE relname = ANY ($1)`,
      [tables],
    );
    return new Map(counted.map(({ name, ...counts }) => [name as Table, counts as Counters]));
  }

  return {
    async workOf(request) {
      const before = await counters();
      const answer = await request();
      expect(answer.status, answer.text).toBeLessThan(300);
      const after = await counters();
      const grown = (table: Table, what: keyof Counters) => after.get(table)![what] - before.get(table)![what];
      const byTable = (what: keyof Counters) =>
        Object.fromEntries(tables.map((table) => [table, grown(table, what)])) as Record<Table, number>;
      return {
        rows: byTable('rows'),
        scans: byTable('scans'),
        blocks: tables.reduce((sum, table) => sum + grown(table, 'blocks'), 0),
        answer,
      };
    },
    async addUsers(first, last) {
      for (let from = first; from <= last; from += BATCH) {
        await api.query(`
          INSERT INTO users (tenant_id, id, version, created_at, updated_at, user_name_key, user_name, external_id, status, enterprise_employee_number, emails)
          SELECT tenant, ${ID}, 1, ${TIME}, ${TIME}, 'user.' || n, 'User.' || n, 'HR-' || n, 'active', 'E-' || n,
            jsonb_build_array(jsonb_build_object('value', 'user.' || n || '@example.com', 'type', 'work'))
          FROM generate_series(${from}, ${Math.min(from + BATCH - 1, last)}) n, ${TENANT}`);
      }
      await api.query(`
        INSERT INTO user_counts AS c (tenant_id, slot, count)
        SELECT tenant, slot, CASE slot WHEN 0 THEN ${last - first + 1} ELSE 0 END FROM generate_series(0, 15) slot, ${TENANT}
        ON CONFLICT (tenant_id, slot) DO UPDATE SET count = c.count + excluded.count`);
    },
    async addGroups(first, last) {
      await api.query(`
        INSERT INTO groups (tenant_id, id, version, created_at, updated_at, display_name, display_name_key)
        SELECT tenant, ${ID}, 1, ${TIME}, ${TIME}, 'Team ' || n, 'team ' || n FROM generate_series(${first}, ${last}) n, ${TENANT}`);
    },
    async analyze() {
      await api.query(`ANALYZE ${tables.join()}`);
    },
  };
}
