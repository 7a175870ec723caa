import type { Image } from './image.ts';

/** Of which user. */
export interface ImageOwner {
  readonly tenantId: string;
  readonly userId: string;
}

/**
 * Keeps pictures. An object store can do that in the place of the database: a name made of owner and id, bytes and a media
 * type. What no user shows any more is asked for by nobody, and is forgotten in the store's own time.
 */
export abstract class ImageStore {
  /** The same picture of the same user again is no other one. */
  abstract put(owner: ImageOwner, image: Image): Promise<void>;
  abstract get(owner: ImageOwner, id: string): Promise<Image | undefined>;
}
