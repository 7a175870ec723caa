import { Controller, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isUuid } from '../directory/uuid.ts';
import { isNotModified } from '../http/etag.ts';
import { PublicGet } from '../http/public.decorator.ts';
import { Avatars, noAvatar } from './avatars.ts';

interface Params {
  readonly tenant: string;
  readonly user: string;
  readonly image: string;
}

/** A picture is a picture: what a browser takes it for, nothing in it may run. */
const policy = {
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'content-disposition': 'inline',
  // Pages of other origins show pictures: that is what they are for.
  'cross-origin-resource-policy': 'cross-origin',
  // A picture that a user no longer shows is soon forgotten.
  'cache-control': 'private, max-age=300',
};

/** Pictures are shown by browsers, which have no key: whoever knows the address, which holds a hash of the picture, may see it. */
@Controller()
export class AvatarController {
  constructor(@Inject(Avatars) private readonly avatars: Avatars) {}

  @PublicGet('/avatars/:tenant/:user/:image')
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, user, image: id } = request.params as Params;
    if (!isUuid(tenant) || !isUuid(user)) throw noAvatar();
    const image = await this.avatars.image({ tenantId: tenant, userId: user, deadline: request.due }, id);
    const etag = `"${id}"`;
    reply.headers({ ...policy, etag, 'last-modified': image.createdAt.toUTCString() });
    if (isFresh(request, etag, image.createdAt)) reply.code(304).send();
    else reply.type(image.mediaType).send(image.bytes);
  }
}

/** RFC 9110 13.2.2: the date counts only where there is no entity tag. */
function isFresh({ headers }: FastifyRequest, etag: string, changedAt: Date): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) return isNotModified(tags, etag);
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return Math.floor(changedAt.getTime() / 1000) * 1000 <= since;
}
