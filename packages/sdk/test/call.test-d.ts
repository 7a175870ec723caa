// Compiled, not run: a call that does not fit its operation does not compile.
import type { Http } from '../src/core/http.ts';
import type { V1Operations as Op, V1User, V1UserPage } from '../src/generated/v1.ts';
import type { ApiPromise, List, Stele } from '../src/index.ts';

declare const http: Http;
declare const stele: Stele;
const params = { user_id: 'usr_01hzxrphnke7jrvvzhvhsvq5bm' };

const result: ApiPromise<V1User> = http.call<Op['readUser']>('GET', '/v1/users/{user_id}', { params });
void result;

// @ts-expect-error another verb
void http.call<Op['readUser']>('PUT', '/v1/users/{user_id}', { params });
// @ts-expect-error another path
void http.call<Op['readUser']>('GET', '/users/{user_id}', { params });
// @ts-expect-error a path parameter of another name
void http.call<Op['readUser']>('GET', '/v1/users/{user_id}', { params: { id: '1' } });
// @ts-expect-error a body that the operation does not have
void http.call<Op['readUser']>('GET', '/v1/users/{user_id}', { params, body: {} });
// @ts-expect-error a body without a required field
void http.call<Op['createUser']>('POST', '/v1/users', { body: { username: 'jane' } });
// @ts-expect-error another result
const other: ApiPromise<string> = http.call<Op['readUser']>('GET', '/v1/users/{user_id}', { params });
void other;

// @ts-expect-error an unknown field
void stele.v1.users.update('id', { rol: 'admin' });
// @ts-expect-error v1 cannot clear a username
void stele.v1.users.update('id', { username: null });
// @ts-expect-error an unknown operator
void stele.scim.users.patch('id', [{ op: 'move', path: 'title' }]);
// @ts-expect-error NERM has three statuses
void stele.nerm.users.update('id', { status: 'active' });
// @ts-expect-error a read has no precondition
void stele.v1.users.get('id', { ifMatch: '"1"' });
// @ts-expect-error nor a name to be repeated by
void stele.v1.users.get('id', { idempotencyKey: 'k' });
// @ts-expect-error a create meets no version
void stele.v1.users.create({ username: 'a', email: 'a@example.com', password: 'p' }, { ifMatch: '"1"' });
// @ts-expect-error an unknown filter
void stele.v1.users.list({ filter: { created_at: 'x' } });
// @ts-expect-error keys have no order of the caller's
void stele.v1.apiKeys.list({ sort: 'name' });
// @ts-expect-error an unknown scope
void stele.v1.apiKeys.create({ name: 'a', scopes: ['root'] });

const whole: ApiPromise<V1User> = stele.v1.users.update('id', {}, { ifMatch: '*' });
const none: ApiPromise<void> = stele.v1.users.update('id', {}, { returnMinimal: true });
// @ts-expect-error the response is left out
const minimal: ApiPromise<V1User> = stele.v1.users.update('id', {}, { returnMinimal: true });
void [whole, none, minimal];
// @ts-expect-error a preview changes nothing
void stele.v1.users.preview('id', {}, { idempotencyKey: 'k' });
void stele.v1.users.preview('id', {}).then(({ changes }) => changes['role']?.old);
const found: Promise<V1User[]> = stele.v1.users.list().toArray({ limit: 10 });
const anything: ApiPromise<unknown> = stele.request({ method: 'GET', path: '/' });
void [found, anything];

const list: List<V1UserPage> & ApiPromise<V1UserPage> & AsyncIterable<V1User> = stele.v1.users.list();
void list;
for await (const { seq, changes } of stele.v1.users.history('id')) void [seq.toFixed(), changes['role']?.old];
for await (const { meta } of stele.v1.tenants.list().pages()) void meta.total.toFixed();
