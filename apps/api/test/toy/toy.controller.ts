import { Inject } from '@nestjs/common';
import { Directory } from '../../src/directory/directory.ts';
import { Handle, type Handled, type Handlers, Speaks } from '../../src/http/handle.decorator.ts';
import { renameUser, toy } from './dialect.ts';

@Speaks(toy)
export class ToyController implements Handlers<typeof toy> {
  constructor(@Inject(Directory) private readonly directory: Directory) {}

  @Handle(renameUser)
  renameUser({ access, params, body }: Handled<typeof renameUser>) {
    const { handle, mood } = body;
    return this.directory.revise(access, params.who, (user) => ({
      ...user,
      ...(handle !== undefined && { userName: handle }),
      ...(mood !== undefined && { title: mood }),
    }));
  }
}
