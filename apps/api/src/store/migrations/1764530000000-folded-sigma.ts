import type { MigrationInterface, QueryRunner } from 'typeorm';

type Fold = (text: string) => string;

/** Lower case picks one of two sigmas by what is beside it; `İ` becomes two code points, which NFKC may have to order. */
const foldSigma: Fold = (text) => text.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll('ς', 'σ');
const foldBefore: Fold = (text) => text.normalize('NFKC').toLowerCase();

/** What SQL makes of a text by `lower(... COLLATE "C")`. */
const foldAscii: Fold = (text) => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

function withTexts(value: unknown, change: Fold): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => withTexts(each, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withTexts(each, change)]));
}

type Row = Readonly<Record<string, unknown>>;

/** The columns of a row whose texts SQL would not fold as JavaScript does, folded; null for none. */
function foldsOf(row: Row, fold: Fold): Row | null {
  const differing = Object.entries(row).filter(
    ([, value]) => JSON.stringify(withTexts(value, fold)) !== JSON.stringify(withTexts(value, foldAscii)),
  );
  if (differing.length === 0) return null;
  return Object.fromEntries(differing.map(([name, value]) => [name, withTexts(value, fold)]));
}

const BATCH = 1000;

/** Texts whose folded form differs between the two ways hold, or are folded to, a sigma or a dot above. */
const MAY_DIFFER = '[σςΣİ\u0307]';

/** Both sigmas have one key. Of two users of a tenant whose user names have one key now, the newer one keeps its old key. */
export class FoldedSigma1764530000000 implements MigrationInterface {
  up(runner: QueryRunner): Promise<void> {
    return refold(runner, foldSigma);
  }

  down(runner: QueryRunner): Promise<void> {
    return refold(runner, foldBefore);
  }
}

async function refold(runner: QueryRunner, fold: Fold): Promise<void> {
  await eachBatch(runner, 'users u', "to_jsonb(u) - 'folds'", async (rows) => {
    const users = rows.map(({ tenant_id, id, columns }) => {
      const { user_name: userName, user_name_key: _key, email_key: emailKey, ...rest } = columns;
      return {
        tenant_id,
        id,
        folds: foldsOf(rest, fold),
        user_name_key: fold(userName as string),
        email_key: typeof emailKey === 'string' ? fold(emailKey) : null,
      };
    });
    await runner.query(
      `UPDATE users u SET folds = f.folds, email_key = f.email_key
       FROM jsonb_to_recordset($1::jsonb) AS f (tenant_id uuid, id uuid, folds jsonb, email_key text)
       WHERE u.tenant_id = f.tenant_id AND u.id = f.id`,
      [JSON.stringify(users)],
    );
    for (const user of users) {
      await runner.query(
        `UPDATE users u SET user_name_key = $3
         WHERE tenant_id = $1 AND id = $2 AND user_name_key <> $3 AND (deleted_at IS NOT NULL OR NOT EXISTS (
           SELECT FROM users o WHERE o.tenant_id = $1 AND o.user_name_key = $3 AND o.deleted_at IS NULL AND o.id <> $2
         ))`,
        [user.tenant_id, user.id, user.user_name_key],
      );
    }
  });
  await eachBatch(runner, 'groups u', 'to_jsonb(u)', async (rows) => {
    const groups = rows.map(({ tenant_id, id, columns }) => ({
      tenant_id,
      id,
      display_name_key: fold(columns['display_name'] as string),
    }));
    await runner.query(
      `UPDATE groups g SET display_name_key = f.display_name_key
       FROM jsonb_to_recordset($1::jsonb) AS f (tenant_id uuid, id uuid, display_name_key text)
       WHERE g.tenant_id = f.tenant_id AND g.id = f.id`,
      [JSON.stringify(groups)],
    );
  });
}

interface Found {
  readonly tenant_id: string;
  readonly id: string;
  readonly columns: Row;
}

/** The rows that may differ, oldest first: an identifier begins with the time of creation. */
async function eachBatch(
  runner: QueryRunner,
  table: string,
  columns: string,
  change: (rows: readonly Found[]) => Promise<void>,
): Promise<void> {
  await runner.query(
    `DECLARE rows_to_fold NO SCROLL CURSOR FOR
     SELECT tenant_id, id, ${columns} AS columns FROM ${table} WHERE u::text ~ '${MAY_DIFFER}' ORDER BY id`,
  );
  for (;;) {
    const rows = (await runner.query(`FETCH ${BATCH} FROM rows_to_fold`)) as Found[];
    if (rows.length === 0) break;
    await change(rows);
  }
  await runner.query('CLOSE rows_to_fold');
}
