import type { Body, Http, Result } from '../core/http.ts';
import type { ChangeOptions, RequestOptions, WriteOptions } from '../core/options.ts';
import type { ScimOperations as Op } from '../generated/scim.ts';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

type Draft = Body<Op['createUser']>;
type Message = Body<Op['patchUser']>;

/** Users in SCIM 2.0. */
export class ScimUsers {
  private readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  /**
   * Create a user. `schemas` is filled in where it is left out.
   *
   * @example
   * await stele.scim.users.create({ userName: 'jane', emails: [{ value: 'jane@example.com', primary: true }] });
   */
  create(user: Omit<Draft, 'schemas'> & Partial<Draft>, options?: ChangeOptions): Result<Op['createUser']> {
    const schemas = [CORE, ...Object.keys(user).filter((name) => name.startsWith('urn:'))];
    return this.http.call<Op['createUser']>('POST', '/scim/v2/Users', { body: { schemas, ...user } }, options);
  }

  /**
   * Read one user.
   *
   * @example
   * const { active, emails } = await stele.scim.users.get(id);
   */
  get(id: string, options?: RequestOptions): Result<Op['readUser']> {
    return this.http.call<Op['readUser']>('GET', '/scim/v2/Users/{id}', { params: { id } }, options);
  }

  /**
   * Change a user by a list of operations. They apply in order, and all of them or none.
   *
   * @example
   * await stele.scim.users.patch(id, [
   *   { op: 'replace', path: 'active', value: false },
   *   { op: 'remove', path: 'emails[type eq "home"]' },
   * ]);
   */
  patch(id: string, operations: Message['Operations'], options?: WriteOptions): Result<Op['patchUser']> {
    return this.http.call<Op['patchUser']>(
      'PATCH',
      '/scim/v2/Users/{id}',
      { params: { id }, body: { schemas: [PATCH], Operations: operations } },
      options,
    );
  }
}
