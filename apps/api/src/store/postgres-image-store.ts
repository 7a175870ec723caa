import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Image } from '../avatars/image.ts';
import { type ImageOwner, ImageStore } from '../avatars/image-store.ts';
import { Database, type Statement } from './database.ts';
import { Pruning } from './pruning.ts';

/** How long a picture is kept that no user shows: between its coming and the write that shows it there is a moment. */
const KEPT = '1 hour';

/** Milliseconds between two rounds of forgetting, and rows of one statement. */
const PRUNE_INTERVAL = 3_600_000;
const PRUNE_BATCH = 100;

const putImage: Statement = {
  name: 'put-image',
  text: 'INSERT INTO images AS i (tenant_id, user_id, id, media_type, bytes) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, user_id, id) DO UPDATE SET created_at = now()',
};

const getImage: Statement = {
  name: 'get-image',
  text: 'SELECT media_type, bytes, created_at FROM images WHERE tenant_id = $1 AND user_id = $2 AND id = $3',
};

const pruneImages: Statement = {
  name: 'prune-images',
  text: `DELETE FROM images WHERE ctid = ANY (ARRAY (SELECT i.ctid FROM images i WHERE i.created_at < now() - interval '${KEPT}' AND NOT EXISTS (SELECT FROM users u WHERE u.tenant_id = i.tenant_id AND u.id = i.user_id AND u.deleted_at IS NULL AND u.photos::text LIKE '%/' || i.id || '"%') LIMIT ${PRUNE_BATCH}))`,
};

/** Pictures in PostgreSQL. */
@Injectable()
export class PostgresImageStore extends ImageStore implements OnApplicationShutdown {
  private readonly pruning: Pruning;

  constructor(@Inject(Database) private readonly database: Database) {
    super();
    this.pruning = new Pruning(database, pruneImages, PRUNE_BATCH, PRUNE_INTERVAL);
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
  prune(): Promise<number> {
    return this.pruning.run();
  }
}
