import type { TestApp } from './app.ts';

/** Every row of every table, as text. When a key was last used is left out: that is noted beside what a request does. */
export async function contentsOf(api: Pick<TestApp, 'query'>): Promise<Record<string, unknown>> {
  const tables = await api.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename");
  const columns = tables.map(
    ({ tablename: name }) =>
      `ARRAY(SELECT (to_jsonb(t) - 'last_used_at')::text AS row FROM "${String(name)}" t ORDER BY row) AS "${String(name)}"`,
  );
  return (await api.query(`SELECT ${columns.join(', ')}`))[0]!;
}
