import { Inject } from '@nestjs/common';
import { createUser, draftNermUser, nerm, readUser, reviseNermUser, updateUser } from '@stele/schemas/nerm';
import { Directory } from '../directory/directory.ts';
import { Handle, type Handled, type Handlers, Speaks } from '../http/handle.decorator.ts';

@Speaks(nerm)
export class NermController implements Handlers<typeof nerm> {
  constructor(@Inject(Directory) private readonly directory: Directory) {}

  @Handle(createUser)
  createUser({ access, body }: Handled<typeof createUser>) {
    return this.directory.create(access, draftNermUser(body));
  }

  @Handle(readUser)
  readUser({ access, params }: Handled<typeof readUser>) {
    return this.directory.get(access, params.id);
  }

  @Handle(updateUser)
  updateUser({ access, params, body }: Handled<typeof updateUser>) {
    return this.directory.revise(access, params.id, (user) => reviseNermUser(user, body));
  }
}
