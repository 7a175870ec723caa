import { Inject } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import {
  bulk,
  createGroup,
  createUser,
  deleteGroup,
  deleteUser,
  groupType,
  listGroups,
  listResourceTypes,
  listSchemas,
  listUsers,
  memberDetail,
  patchGroup,
  patchUser,
  profileOf,
  readGroup,
  readLinks,
  type Reading,
  readMe,
  readResourceType,
  readSchema,
  readServiceProviderConfig,
  readUser,
  rangeOf,
  replaceGroup,
  replaceUser,
  resourceTypeDocuments,
  schemaDocuments,
  scim,
  scimDraft,
  scimGroupPatch,
  scimGroupReplacement,
  type ScimListing,
  type ScimSchemaDocument,
  scimListQuery,
  scimRootQuery,
  scimPatch,
  scimReplacement,
  search,
  searchGroups,
  searchUsers,
  serviceProviderConfig,
  userType,
} from '@stele/schemas/scim';
import type { Access } from '../directory/request-context.ts';
import { Directory } from '../directory/directory.ts';
import { Groups } from '../directory/groups.ts';
import { Handle, type Handled, type Handlers, Speaks } from '../http/handle.decorator.ts';
import { type BulkMethods, BulkRun, change, creation, deletion } from './scim.bulk.ts';

/** Where a list was asked for, and by whom. */
interface Place {
  readonly access: Access;
  readonly mount: string;
  readonly base: string;
}

/** By which rules a request is read, and where what it ignores is reported. */
const readingAt = (
  { profile, domain }: Access,
  { mount, ignored }: Pick<Reading, 'ignored'> & { readonly mount: string },
): Reading => ({ profile: profileOf(mount, profile), domain, ignored });

/** How much of the members of a group a response shows. */
const detailAt = ({ mount }: { readonly mount: string }, { profile }: Access, query: ScimListing) =>
  memberDetail(query, profileOf(mount, profile));

/** Where and by which rules a list is asked for. */
const listPlace = ({ access, mount, base }: Place) => ({
  mount,
  base,
  profile: profileOf(mount, access.profile),
  domain: access.domain,
});

@Speaks(scim)
export class ScimController implements Handlers<typeof scim> {
  private readonly bulkMethods: BulkMethods = {
    createUser: creation(createUser.body, (input) => this.createUser(input)),
    replaceUser: change(replaceUser.body, (input) => this.replaceUser(input)),
    patchUser: change(patchUser.body, (input) => this.patchUser(input)),
    deleteUser: deletion((input) => this.deleteUser(input)),
    createGroup: creation(createGroup.body, (input) => this.createGroup(input)),
    replaceGroup: change(replaceGroup.body, (input) => this.replaceGroup(input)),
    patchGroup: change(patchGroup.body, (input) => this.patchGroup(input)),
    deleteGroup: deletion((input) => this.deleteGroup(input)),
  };

  constructor(
    @Inject(Directory) private readonly directory: Directory,
    @Inject(Groups) private readonly groups: Groups,
  ) {}

  @Handle(createUser)
  createUser({ access, body }: Handled<typeof createUser>) {
    return this.directory.create(access, scimDraft(body, access.domain));
  }

  @Handle(readUser)
  readUser({ access, params }: Handled<typeof readUser>) {
    return this.directory.get(access, params.id);
  }

  @Handle(replaceUser)
  replaceUser({ access, params, body }: Handled<typeof replaceUser>) {
    return this.directory.revise(access, params.id, (user) => scimReplacement(user, body, access.domain));
  }

  @Handle(patchUser)
  patchUser({ access, params, body, ...place }: Handled<typeof patchUser>) {
    const reading = readingAt(access, place);
    return this.directory.revise(access, params.id, (user) => scimPatch(user, body, reading));
  }

  @Handle(deleteUser)
  deleteUser({ access, params }: Handled<typeof deleteUser>) {
    return this.directory.remove(access, params.id);
  }

  @Handle(listUsers)
  listUsers({ query, ...place }: Handled<typeof listUsers>) {
    return this.usersOf(place, query);
  }

  @Handle(searchUsers)
  searchUsers({ body, ...place }: Handled<typeof searchUsers>) {
    return this.usersOf(place, body);
  }

  private async usersOf(place: Place, query: ScimListing) {
    const { users, ...page } = await this.directory.list(
      place.access,
      scimListQuery(query, userType, listPlace(place)),
    );
    return { resources: users, ...page, query };
  }

  @Handle(createGroup)
  createGroup({ access, query, body, ...place }: Handled<typeof createGroup>) {
    return this.groups.create(
      access,
      scimGroupReplacement(body, readingAt(access, place))(),
      detailAt(place, access, query),
    );
  }

  @Handle(readGroup)
  readGroup({ access, params, query, ...place }: Handled<typeof readGroup>) {
    return this.groups.get(access, params.id, detailAt(place, access, query));
  }

  @Handle(replaceGroup)
  replaceGroup({ access, params, query, body, ...place }: Handled<typeof replaceGroup>) {
    const change = scimGroupReplacement(body, readingAt(access, place));
    return this.groups.revise(access, params.id, detailAt(place, access, query), change);
  }

  @Handle(patchGroup)
  patchGroup({ access, params, query, body, isMinimal, ...place }: Handled<typeof patchGroup>) {
    const reading = readingAt(access, place);
    const members = isMinimal ? 'none' : detailAt(place, access, query);
    return this.groups.revise(access, params.id, members, (group) => scimGroupPatch(group, body, reading));
  }

  @Handle(deleteGroup)
  deleteGroup({ access, params }: Handled<typeof deleteGroup>) {
    return this.groups.remove(access, params.id);
  }

  @Handle(listGroups)
  listGroups({ query, ...place }: Handled<typeof listGroups>) {
    return this.groupsOf(place, query);
  }

  @Handle(searchGroups)
  searchGroups({ body, ...place }: Handled<typeof searchGroups>) {
    return this.groupsOf(place, body);
  }

  private async groupsOf(place: Place, query: ScimListing) {
    const wanted = {
      ...scimListQuery(query, groupType, listPlace(place)),
      members: detailAt(place, place.access, query),
    };
    const { groups, ...page } = await this.groups.list(place.access, wanted);
    return { resources: groups, ...page, query };
  }

  @Handle(search)
  async search({ access, mount, base, body }: Handled<typeof search>) {
    if (body.cursor !== undefined) throw byIndexOnly();
    const { limit, offset = 0 } = rangeOf(body);
    const place = listPlace({ access, mount, base });
    const users = await this.directory.list(access, { ...scimRootQuery(body, userType, place), offset, limit });
    const rest = { offset: Math.max(0, offset - users.total), limit: limit - users.users.length };
    const ofGroups = { ...scimRootQuery(body, groupType, place), ...rest, members: memberDetail(body, place.profile) };
    const groups = await this.groups.list(access, ofGroups);
    return {
      resources: [...users.users.map((user) => ({ user })), ...groups.groups.map((group) => ({ group }))],
      total: users.total + groups.total,
      query: body,
    };
  }

  @Handle(bulk)
  bulk({ access, mount, publicUrl, base, ignored, maxBodyOf, body }: Handled<typeof bulk>) {
    const place = { access, mount, publicUrl, base, ignored, maxBodyOf };
    return new BulkRun(place, this.bulkMethods).run(body.Operations, body.failOnErrors);
  }

  @Handle(readLinks)
  readLinks({ base }: Handled<typeof readLinks>) {
    return base;
  }

  @Handle(readServiceProviderConfig)
  readServiceProviderConfig({ maxBodyOf }: Handled<typeof readServiceProviderConfig>) {
    return { ...serviceProviderConfig, bulk: { ...serviceProviderConfig.bulk, maxPayloadSize: maxBodyOf(bulk) } };
  }

  @Handle(listResourceTypes)
  listResourceTypes({ query }: Handled<typeof listResourceTypes>) {
    return unfiltered(query, resourceTypeDocuments);
  }

  @Handle(readResourceType)
  readResourceType({ params }: Handled<typeof readResourceType>) {
    return called(params.id, resourceTypeDocuments);
  }

  @Handle(listSchemas)
  listSchemas({ query }: Handled<typeof listSchemas>): readonly ScimSchemaDocument[] {
    return unfiltered(query, schemaDocuments);
  }

  @Handle(readSchema)
  readSchema({ params }: Handled<typeof readSchema>): ScimSchemaDocument {
    return called(params.id, schemaDocuments);
  }

  @Handle(readMe)
  readMe(): never {
    throw new DirectoryError('not_implemented', 'A credential here belongs to a client, and not to a user');
  }
}

const byIndexOnly = () =>
  new DirectoryError('invalid_parameter', 'Invalid request parameters', {
    issues: [{ path: ['cursor'], rule: 'invalid', message: 'a search among all resources is by index' }],
  });

/** RFC 7644 4: "If a "filter" is provided, the service provider SHOULD respond with HTTP status code 403". */
function unfiltered<Document>({ filter }: { filter?: string }, documents: readonly Document[]): readonly Document[] {
  if (filter !== undefined) throw new DirectoryError('forbidden', 'What describes the service is not filtered');
  return documents;
}

function called<Document extends { readonly id: string }>(id: string, documents: readonly Document[]): Document {
  const found = documents.find((document) => document.id.toLowerCase() === id.toLowerCase());
  if (!found) throw new DirectoryError('not_found', `There is nothing called ${id}`);
  return found;
}
