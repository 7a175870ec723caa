import type { Answer } from '../client.ts';
import { expectEqual, expectStatus } from '../expect.ts';
import { listAt, valuesOf } from '../json.ts';
import type { Made, Session } from '../session.ts';

const idsOf = (made: readonly Made[]): string[] => made.map(({ id }) => id).toSorted();

/** Expects a list to show these and nothing else. */
export function expectFound(answer: Answer, ...made: readonly Made[]): void {
  expectStatus(answer, 200);
  expectEqual('found', valuesOf(listAt(answer.body, 'Resources'), 'id'), idsOf(made));
}

/** Expects a group to have these members and no others. */
export async function expectMembers(session: Session, { path }: Made, ...members: readonly Made[]): Promise<void> {
  expectEqual('members', valuesOf(listAt(await session.read(path), 'members')), idsOf(members));
}
