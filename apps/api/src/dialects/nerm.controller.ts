import { Inject } from '@nestjs/common';
import { type DirectoryError, isUncertain } from '@stele/schemas/canonical';
import {
  createUser,
  createUsers,
  deleteUser,
  draftNermUser,
  encodeNermUser,
  isJob,
  listUsers,
  nerm,
  type NermBulkQuery,
  nermHistorySearch,
  type NermItemResult,
  type NermUser,
  nermUserQuery,
  queryAuditEvents,
  readAvatar,
  readJob,
  readUser,
  reviseNermUser,
  updateUser,
  updateUsers,
  writeAvatar,
} from '@stele/schemas/nerm';
import { Avatars } from '../avatars/avatars.ts';
import type { Access } from '../directory/request-context.ts';
import { runBatch } from '../directory/batch.ts';
import { Directory } from '../directory/directory.ts';
import { allDone } from '../directory/write-result.ts';
import { Handle, type Handled, type Handlers, Speaks } from '../http/handle.decorator.ts';
import { Jobs } from '../jobs/jobs.ts';
import { type BulkName, NermBulk } from './nerm.bulk.ts';

@Speaks(nerm)
export class NermController implements Handlers<typeof nerm> {
  constructor(
    @Inject(Directory) private readonly directory: Directory,
    @Inject(NermBulk) private readonly users: NermBulk,
    @Inject(Jobs) private readonly jobs: Jobs,
    @Inject(Avatars) private readonly avatars: Avatars,
  ) {}

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

  @Handle(deleteUser)
  deleteUser({ access, params }: Handled<typeof deleteUser>) {
    return this.directory.remove(access, params.id);
  }

  @Handle(listUsers)
  async listUsers({ access, query }: Handled<typeof listUsers>) {
    return { ...(await this.directory.list(access, nermUserQuery(query))), query };
  }

  @Handle(createUsers)
  createUsers({ access, query, body }: Handled<typeof createUsers>) {
    return this.bulk('create_users', access, query, body.users);
  }

  @Handle(updateUsers)
  updateUsers({ access, query, body }: Handled<typeof updateUsers>) {
    return this.bulk('update_users', access, query, body.users);
  }

  private async bulk(name: BulkName, access: Access, query: NermBulkQuery, given: readonly unknown[]) {
    const prepare = () => this.users.prepare(access, name, given);
    if (isJob(given.length, query)) return allDone({ job: await this.jobs.add(access, name, prepare) });
    const prepared = await prepare();
    const items = prepared.map((each) => this.users.itemOf<NermUser | NermItemResult>(name, each, encodeNermUser));
    const unavailable: DirectoryError[] = [];
    const { result, ...rest } = await runBatch(access, items, (error, index) => {
      if (error.code === 'unavailable') unavailable.push(error);
      return this.users.toItemError(prepared[index]!, error);
    });
    // An item has no status of its own that would show that it may be tried again.
    if (unavailable.length === result.length) throw unavailable.find(isUncertain) ?? unavailable[0]!;
    return { ...rest, result: { users: result } };
  }

  @Handle(readJob)
  readJob({ access, query }: Handled<typeof readJob>) {
    return this.jobs.get(access, query.job_id);
  }

  @Handle(readAvatar)
  readAvatar({ access, params }: Handled<typeof readAvatar>) {
    return this.avatars.get(access, params.id);
  }

  @Handle(writeAvatar)
  writeAvatar({ access, params, body, publicUrl }: Handled<typeof writeAvatar>) {
    return this.avatars.set(access, params.id, body.file, publicUrl);
  }

  @Handle(queryAuditEvents)
  async queryAuditEvents({ access, query, body }: Handled<typeof queryAuditEvents>) {
    const search = nermHistorySearch(body, query);
    const found = search ? await this.directory.searchHistory(access, search) : { entries: [], total: 0 };
    return { ...found, query: { ...body, ...query } };
  }
}
