import { Inject } from '@nestjs/common';
import { createUser, scimDraft, patchUser, profileOf, readUser, scim, scimPatch } from '@stele/schemas/scim';
import { Directory } from '../directory/directory.ts';
import { Handle, type Handled, type Handlers, Speaks } from '../http/handle.decorator.ts';

@Speaks(scim)
export class ScimController implements Handlers<typeof scim> {
  constructor(@Inject(Directory) private readonly directory: Directory) {}

  @Handle(createUser)
  createUser({ access, body }: Handled<typeof createUser>) {
    return this.directory.create(access, scimDraft(body));
  }

  @Handle(readUser)
  readUser({ access, params }: Handled<typeof readUser>) {
    return this.directory.get(access, params.id);
  }

  @Handle(patchUser)
  patchUser({ access, mount, params, body }: Handled<typeof patchUser>) {
    return this.directory.revise(access, params.id, (user) => scimPatch(user, body, profileOf(mount, access.profile)));
  }
}
