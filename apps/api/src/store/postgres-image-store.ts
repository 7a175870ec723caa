import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Image } from '../avatars/image.ts';
import { type ImageOwner, ImageStore } from '../avatars/image-store.ts';
import { Database, type Statement } from './database.ts';
import { Pruning } from './pruning.ts';

/** How long a picture is kept that no user shows: between its coming and the write that shows it there is a moment. */
const KEPT = '1 hour';

/** Milliseconds between two rounds of forgetting, and pictures that one statement looks at. */
const SWEEP_INTERVAL = 3_600_000;
const SWEEP_BATCH = 1000;

const putImage: Statement = {
  name: 'put-image',
  text: 'INSERT INTO images AS i (tenant_id, user_id, id, media_type, bytes) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, user_id, id) DO UPDATE SET created_at = now()',
};

const getImage: Statement = {
  name: 'get-image',
  text: 'SELECT media_type, bytes, created_at FROM images WHERE tenant_id = $1 AND user_id = $2 AND id = $3',
};

/** Looks at some pictures after one, forgets those that no user shows, and answers with the last one it has looked at. */
const sweepImages: Statement = {
  name: 'sweep-images',
  text: `
    WITH page AS (
      SELECT tenant_id, user_id, id
      FROM images
      WHERE (tenant_id, user_id, id) > ($1::uuid, $2::uuid, $3)
      ORDER BY tenant_id, user_id, id
      LIMIT ${SWEEP_BATCH}
    ),
    unused AS (
      SELECT i.tenant_id, i.user_id, i.id
      FROM page p
      JOIN images i ON i.tenant_id = p.tenant_id AND i.user_id = p.user_id AND i.id = p.id
      WHERE i.created_at < now() - interval '${KEPT}'
        AND NOT EXISTS (
          SELECT FROM users u
          WHERE u.tenant_id = i.tenant_id AND u.id = i.user_id AND u.deleted_at IS NULL
            AND u.photos::text LIKE '%/' || i.id || '"%'
        )
      FOR UPDATE OF i SKIP LOCKED
    ),
    deleted AS (
      DELETE FROM images i
      USING unused
      WHERE i.tenant_id = unused.tenant_id AND i.user_id = unused.user_id AND i.id = unused.id
      RETURNING i.id
    )
    SELECT tenant_id, user_id, id, (SELECT count(*)::integer FROM deleted)
    FROM page
    ORDER BY tenant_id DESC, user_id DESC, id DESC
    LIMIT 1`,
};

const FIRST = ['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', ''] as const;

/** Pictures in PostgreSQL. */
@Injectable()
export class PostgresImageStore extends ImageStore implements OnApplicationShutdown {
  private readonly pruning: Pruning;

  constructor(@Inject(Database) private readonly database: Database) {
    super();
    this.pruning = new Pruning(() => this.prune(), SWEEP_INTERVAL);
  }

  onApplicationShutdown(): void {
    this.pruning.stop();
  }

  override async put({ tenantId, userId }: ImageOwner, { id, mediaType, bytes }: Image): Promise<void> {
    await this.database.query(putImage, [tenantId, userId, id, mediaType, Buffer.from(bytes)]);
  }

  override async get({ tenantId, userId }: ImageOwner, id: string): Promise<Image | undefined> {
    const { rows } = await this.database.query(getImage, [tenantId, userId, id]);
    if (!rows[0]) return undefined;
    const [mediaType, bytes, createdAt] = rows[0] as [string, Buffer, Date];
    return { id, mediaType, bytes, createdAt };
  }

  /** Forgets what no user shows any more, and answers with how many pictures that were. */
  async prune(): Promise<number> {
    let pruned = 0;
    let last: readonly unknown[] = FIRST;
    for (;;) {
      const { rows } = await this.database.query(sweepImages, [...last]);
      if (!rows[0]) return pruned;
      pruned += rows[0][3] as number;
      last = rows[0].slice(0, 3);
    }
  }
}
