import { textAt } from '../json.ts';
import type { CreatedResource, Session } from '../session.ts';
import { urns } from '../urn.ts';

/** Three users that differ in the attributes that filters and sorting use. */
export interface SampleUsers {
  /** The userName of each begins with it, and of no other user. */
  readonly tag: string;
  readonly users: Readonly<Record<'ada' | 'bob' | 'cyd', CreatedResource>>;
}

export type SampleName = keyof SampleUsers['users'];

async function create(session: Session): Promise<SampleUsers> {
  const tag = `${session.uniqueName()}.`;
  const enterprise = session.server.lacks('enterprise') === undefined;
  const person = (name: SampleName, fields: Readonly<Record<string, unknown>>) =>
    session.createUser({ userName: `${tag}${name}@example.com`, ...fields });
  const email = (name: string, type: string, primary: boolean) => ({
    value: `${tag}${name}@example.com`,
    type,
    primary,
  });
  const users = {
    // In an order that no sorting produces.
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

/** The sample users, created once in a run. */
export const sampleUsers = (session: Session): Promise<SampleUsers> => session.shared('sample users', create);

/** The names of the sample users in a list, in its order. */
export function sampleNamesIn({ users }: SampleUsers, resources: readonly unknown[]): string[] {
  const names = Object.entries(users);
  return resources.map((each) => names.find(([, { id }]) => id === textAt(each, 'id'))?.[0] ?? 'another user');
}
