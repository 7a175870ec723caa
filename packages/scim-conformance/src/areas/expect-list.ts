import type { ScimResponse } from '../client.ts';
import { expectEqual, expectStatus } from '../expect.ts';
import { listAt, valuesOf } from '../json.ts';
import type { CreatedResource, Session } from '../session.ts';

const idsOf = (made: readonly CreatedResource[]): string[] => made.map(({ id }) => id).toSorted();

/** Expects a list of exactly these resources. */
export function expectListed(response: ScimResponse, ...made: readonly CreatedResource[]): void {
  expectStatus(response, 200);
  expectEqual('found', valuesOf(listAt(response.body, 'Resources'), 'id'), idsOf(made));
}

/** Expects a group with exactly these members. */
export async function expectMembers(
  session: Session,
  { path }: CreatedResource,
  ...members: readonly CreatedResource[]
): Promise<void> {
  expectEqual('members', valuesOf(listAt(await session.read(path), 'members')), idsOf(members));
}
