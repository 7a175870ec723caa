import { Inject } from '@nestjs/common';
import { createUser, draftV1User, readUser, reviseV1User, setPassword, updateUser, v1 } from '@stele/schemas/v1';
import { Directory } from '../directory/directory.ts';
import { Handle, type Handled, type Handlers, Speaks } from '../http/handle.decorator.ts';

@Speaks(v1)
export class V1Controller implements Handlers<typeof v1> {
  constructor(@Inject(Directory) private readonly directory: Directory) {}

  @Handle(createUser)
  createUser({ access, body }: Handled<typeof createUser>) {
    return this.directory.create(access, draftV1User(body));
  }

  @Handle(readUser)
  readUser({ access, params }: Handled<typeof readUser>) {
    return this.directory.get(access, params.user_id);
  }

  @Handle(updateUser)
  updateUser({ access, params, body }: Handled<typeof updateUser>) {
    return this.directory.revise(access, params.user_id, (user) => reviseV1User(user, body));
  }

  @Handle(setPassword)
  setPassword({ access, params, body }: Handled<typeof setPassword>) {
    return this.directory.revise(access, params.user_id, (user) => ({ ...user, password: body.password }));
  }
}
