import { textAt } from '../json.ts';
import type { Made, Session } from '../session.ts';
import { urns } from '../urn.ts';

/** Three users who differ in what filters and sorting look at. */
export interface People {
  /** What the userName of each begins with, and of nobody else. */
  readonly tag: string;
  readonly users: Readonly<Record<'ada' | 'bob' | 'cyd', Made>>;
}

export type Person = keyof People['users'];

async function create(session: Session): Promise<People> {
  const tag = `${session.name()}.`;
  const enterprise = session.server.lacks('enterprise') === undefined;
  const person = (name: Person, fields: Readonly<Record<string, unknown>>) =>
    session.user({ userName: `${tag}${name}@example.com`, ...fields });
  const email = (name: string, type: string, primary: boolean) => ({
    value: `${tag}${name}@example.com`,
    type,
    primary,
  });
  const users = {
    // In an order that no sorting has.
    cyd: await person('cyd', {
      name: { givenName: 'Cyd', familyName: 'Baker' },
      externalId: `${tag}C`,
      active: true,
      emails: [email('a-cyd', 'work', true)],
    }),
    ada: await person('ada', {
      name: { givenName: 'Ada', familyName: 'Cole' },
      externalId: `${tag}A`,
      title: 'Surveyor',
      active: true,
      emails: [email('c-ada', 'work', true), email('z-ada', 'home', false)],
      ...(enterprise && { [urns.enterprise]: { department: 'Mapping' } }),
    }),
    bob: await person('bob', {
      name: { givenName: 'Bob "B."', familyName: 'adams' },
      externalId: `${tag}B`,
      title: 'baker',
      active: false,
      emails: [email('b-bob', 'home', true)],
      ...(enterprise && { [urns.enterprise]: { department: 'Sales' } }),
    }),
  };
  return { tag, users };
}

/** They are created once for all checks that look at them. */
export const people = (session: Session): Promise<People> => session.shared('people', create);

/** Which of them stand in a list, in its order. */
export function personsIn({ users }: People, resources: readonly unknown[]): string[] {
  const names = Object.entries(users);
  return resources.map((each) => names.find(([, { id }]) => id === textAt(each, 'id'))?.[0] ?? 'a stranger');
}
