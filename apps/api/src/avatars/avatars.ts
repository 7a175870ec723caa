import { Inject, Injectable } from '@nestjs/common';
import { DirectoryError, primaryPhoto, type User, withPrimaryValue } from '@stele/schemas/canonical';
import type { Access } from '../directory/request-context.ts';
import { Directory } from '../directory/directory.ts';
import { type Reading, UserStore } from '../directory/user-store.ts';
import type { WriteResult } from '../directory/write-result.ts';
import { type Image, imageOf } from './image.ts';
import { type ImageOwner, ImageStore } from './image-store.ts';

/** Where a picture is. */
const pathOf = ({ tenantId, userId }: ImageOwner, id: string): string => `/avatars/${tenantId}/${userId}/${id}`;

/** Pictures of users. Which one a user has is said by its photos: nothing is known of it anywhere else. */
@Injectable()
export class Avatars {
  constructor(
    @Inject(Directory) private readonly directory: Directory,
    @Inject(UserStore) private readonly users: UserStore,
    @Inject(ImageStore) private readonly images: ImageStore,
  ) {}

  /** The user that has a picture. */
  async get(access: Access, userId: string): Promise<User> {
    const user = await this.directory.get(access, userId);
    if (primaryPhoto(user) === undefined) throw noAvatar();
    return user;
  }

  /** Keeps a picture, and makes its address the primary photo of a user. */
  async set(access: Access, userId: string, bytes: Uint8Array, publicUrl: string): Promise<WriteResult<User>> {
    const image = await imageOf(bytes);
    const owner = { tenantId: access.tenantId, userId };
    // Nobody's picture is kept for nothing.
    await this.directory.get(access, userId);
    await this.images.put(owner, image);
    const url = publicUrl + pathOf(owner, image.id);
    return this.directory.revise(access, userId, (user) =>
      primaryPhoto(user) === url ? user : { ...user, photos: withPrimaryValue(user.photos, url) },
    );
  }

  /** A picture, as long as its user shows it. */
  async image({ userId, ...reading }: ImageOwner & Reading, id: string): Promise<Image> {
    const owner = { tenantId: reading.tenantId, userId };
    const user = await this.users.find(reading, userId);
    const isShown = user?.photos.some(({ value }) => value?.endsWith(pathOf(owner, id)));
    const image = isShown ? await this.images.get(owner, id) : undefined;
    if (!image) throw noAvatar();
    return image;
  }
}

export const noAvatar = () => new DirectoryError('not_found', 'There is no such picture', { resource: 'avatar' });
