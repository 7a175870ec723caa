import { Inject } from '@nestjs/common';
import {
  batchUsers,
  createApiKey,
  createTenant,
  createTenantApiKey,
  createUser,
  deleteUser,
  draftV1ApiKey,
  draftV1User,
  listApiKeys,
  listTenants,
  listUsers,
  overlapOf,
  partOf,
  readApiKey,
  readGroupHistory,
  readHistory,
  readTenant,
  readUser,
  toV1ItemError,
  reviseV1User,
  revokeApiKey,
  rotateApiKey,
  setPassword,
  updateApiKey,
  updateUser,
  v1,
  v1HistoryQuery,
  v1UserQuery,
  resendEmailVerification,
  verifyEmail,
} from '@stele/schemas/v1';
import { ApiKeys } from '../auth/api-keys.ts';
import { Tenants } from '../auth/tenants.ts';
import { runBatch } from '../directory/batch.ts';
import { Directory } from '../directory/directory.ts';
import { Groups } from '../directory/groups.ts';
import { Handle, type Handled, type Handlers, Speaks } from '../http/handle.decorator.ts';
import { v1BatchItems } from './v1.batch.ts';

@Speaks(v1)
export class V1Controller implements Handlers<typeof v1> {
  constructor(
    @Inject(Directory) private readonly directory: Directory,
    @Inject(Groups) private readonly groups: Groups,
    @Inject(ApiKeys) private readonly apiKeys: ApiKeys,
    @Inject(Tenants) private readonly tenants: Tenants,
  ) {}

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
    const { emailVerification } = this.directory;
    return this.directory.revise(access, params.user_id, (user) => reviseV1User(user, body, emailVerification));
  }

  @Handle(deleteUser)
  deleteUser({ access, params }: Handled<typeof deleteUser>) {
    return this.directory.remove(access, params.user_id);
  }

  @Handle(listUsers)
  async listUsers({ access, query }: Handled<typeof listUsers>) {
    return { ...(await this.directory.list(access, v1UserQuery(query))), query };
  }

  @Handle(batchUsers)
  batchUsers({ access, body }: Handled<typeof batchUsers>) {
    return runBatch(access, v1BatchItems(this.directory, body.operations), toV1ItemError);
  }

  @Handle(setPassword)
  setPassword({ access, params, body }: Handled<typeof setPassword>) {
    return this.directory.revise(access, params.user_id, (user) => ({ ...user, password: body.password }));
  }

  @Handle(resendEmailVerification)
  resendEmailVerification({ access, params }: Handled<typeof resendEmailVerification>) {
    return this.directory.resendEmailVerification(access, params.user_id);
  }

  @Handle(verifyEmail)
  verifyEmail({ access, params, body }: Handled<typeof verifyEmail>) {
    return this.directory.verifyEmail(access, params.user_id, body.token);
  }

  @Handle(readGroupHistory)
  readGroupHistory({ access, params, query }: Handled<typeof readGroupHistory>) {
    return this.groups.history(access, params.group_id, v1HistoryQuery(query));
  }

  @Handle(readHistory)
  readHistory({ access, params, query }: Handled<typeof readHistory>) {
    return this.directory.history(access, params.user_id, v1HistoryQuery(query));
  }

  @Handle(createApiKey)
  createApiKey({ access, body }: Handled<typeof createApiKey>) {
    return this.apiKeys.create(access, draftV1ApiKey(body));
  }

  @Handle(readApiKey)
  readApiKey({ access, params }: Handled<typeof readApiKey>) {
    return this.apiKeys.get(access, params.key_id);
  }

  @Handle(listApiKeys)
  async listApiKeys({ access, query }: Handled<typeof listApiKeys>) {
    return { ...(await this.apiKeys.list(access, partOf(query))), query };
  }

  @Handle(updateApiKey)
  updateApiKey({ access, params, body }: Handled<typeof updateApiKey>) {
    return this.apiKeys.setDomain(access, params.key_id, body.domain);
  }

  @Handle(rotateApiKey)
  rotateApiKey({ access, params, body }: Handled<typeof rotateApiKey>) {
    return this.apiKeys.rotate(access, params.key_id, overlapOf(body));
  }

  @Handle(revokeApiKey)
  revokeApiKey({ access, params }: Handled<typeof revokeApiKey>) {
    return this.apiKeys.revoke(access, params.key_id);
  }

  @Handle(createTenant)
  createTenant({ access, body }: Handled<typeof createTenant>) {
    return this.tenants.create(body.name, access.encode);
  }

  @Handle(readTenant)
  readTenant({ params }: Handled<typeof readTenant>) {
    return this.tenants.get(params.tenant_id);
  }

  @Handle(listTenants)
  async listTenants({ query }: Handled<typeof listTenants>) {
    return { ...(await this.tenants.list(partOf(query))), query };
  }

  @Handle(createTenantApiKey)
  async createTenantApiKey({ access, params, body }: Handled<typeof createTenantApiKey>) {
    const { id } = await this.tenants.get(params.tenant_id);
    return this.apiKeys.issue({ ...access, tenantId: id }, draftV1ApiKey(body));
  }
}
