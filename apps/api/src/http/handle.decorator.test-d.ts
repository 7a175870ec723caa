import type { User } from '@stele/schemas/canonical';
import { type nerm, readUser, type updateUser } from '@stele/schemas/nerm';
import { Handle, type Handled, type Handlers } from './handle.decorator.ts';

declare const user: User;

/** Binds each method to its operation. */
export class Bound {
  @Handle(readUser)
  readUser({ params }: Handled<typeof readUser>): User {
    const id: string = params.id;
    return { ...user, id };
  }

  // @ts-expect-error a handler returns what the operation encodes
  @Handle(readUser)
  returnsAnotherType(_input: Handled<typeof readUser>) {
    return { id: user.id, version: 1 };
  }

  // @ts-expect-error a versioned operation needs the version
  @Handle(readUser)
  forgetsTheVersion(_input: Handled<typeof readUser>) {
    const { version: _, ...rest } = user;
    return rest;
  }

  // @ts-expect-error an operation without a body hands none over
  @Handle(readUser)
  takesAnotherInput({ body }: Handled<typeof updateUser>) {
    return { ...user, title: body.user.title ?? '' };
  }
}

// @ts-expect-error createUser and updateUser have no handler
export class Forgetful implements Handlers<typeof nerm> {
  readUser(_input: Handled<typeof readUser>): User {
    return user;
  }
}
