// Compiled, not run: what can be asked of SCIM, and what is known of the answers.
import {
  operations,
  type ApiPromise,
  type ScimBulkOutcome,
  type ScimError,
  type ScimGroup,
  type ScimGroupAttributes,
  type ScimPatchOperation,
  type ScimReadOptions,
  type ScimUser,
  type Stele,
} from '../src/index.ts';

declare const stele: Stele;
declare const address: string;
declare const readOptions: ScimReadOptions;
const { users, groups } = stele.scim;

// A whole resource has all that is required, a part of it the identifier.
export const whole: ApiPromise<ScimUser> = users.get('1', { retries: 0 });
export const part: string = (await users.get('1', { attributes: ['title'] })).id;
// @ts-expect-error it was not asked for
export const unasked: string = (await users.get('1', { attributes: ['title'] })).userName;
// @ts-expect-error it may be left out
export const excluded: string = (await users.get('1', { excludedAttributes: ['userName'] })).userName;
// @ts-expect-error options of which nothing is known may ask for a part
export const either: string = (await users.get('1', readOptions)).userName;
for await (const user of users.list({ filter: 'title pr' })) void user.userName.length;
// @ts-expect-error it was not asked for
for await (const user of users.list({ attributes: ['title'] })) void user.userName.length;
for await (const found of stele.scim.search()) {
  if (found.meta.resourceType === 'Group') void found.meta.location;
}

// A group that is patched is shown where attributes are asked for, and only then.
export const silent: ApiPromise<void> = groups.patch('1', []);
export const shown: string = (await groups.patch('1', [], { attributes: ['displayName'] })).id;
// @ts-expect-error it is not shown
export const hidden: string = (await groups.patch('1', [], { excludedAttributes: ['members'] })).id;
export const group: ApiPromise<ScimGroup> = groups.replace('1', { displayName: 'a' });

// @ts-expect-error a read has no precondition
void users.get('1', { ifMatch: '"1"' });
// @ts-expect-error nor has a search a name to be repeated by
void users.search({}, { idempotencyKey: 'k' });
// @ts-expect-error a search among all kinds goes by index
void stele.scim.search({ cursor: '' });
// @ts-expect-error a user has a name
void users.create({ title: 'Engineer' });
// @ts-expect-error an unknown attribute
void groups.create({ displayName: 'a', owner: 'b' });

// A path is an attribute, a part of one, some values of a list, or a part of these.
void operations()
  .replace('title', 'Engineer')
  .replace('active', false)
  .replace('name.givenName', null)
  .add('emails', { value: 'jane@example.com' })
  .add('emails', [{ value: 'jane@example.com' }])
  .replace('emails[type eq "work"]', { value: 'jane@example.com' })
  .replace('emails[type eq "work"].value', 'jane@example.com')
  .replace(`emails[value eq "${address}"].primary`, true)
  .replace('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department', 'Mapping')
  .replace('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value', '1')
  .replace('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', { department: 'Mapping' })
  .add('urn:ietf:params:scim:schemas:extension:stele:lifecycle:2.0:User:groupStrings', 'a')
  .replace({ title: 'Engineer', nickName: null })
  .remove('emails', [{ value: 'jane@example.com' }])
  .remove('phoneNumbers[type eq "fax"]')
  .remove('x509Certificates');
// @ts-expect-error an unknown attribute
void operations().replace('titel', 'Engineer');
// @ts-expect-error an unknown part
void operations().replace('name.first', 'Jane');
// @ts-expect-error an unknown part of some values
void operations().remove('emails[type eq "work"].address');
// @ts-expect-error a filter selects among several
void operations().remove('title[value eq "Engineer"]');
// @ts-expect-error a value of another kind
void operations().replace('active', 'false');
// @ts-expect-error a value of another kind, in a part of an extension
void operations().replace('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department', 7);
// @ts-expect-error nothing is not added
void operations().add('title', null);
// @ts-expect-error what is read-only
void operations().remove('meta');
// @ts-expect-error one thing is removed whole
void operations().remove('title', 'Engineer');
// @ts-expect-error an unknown attribute among several
void operations().add({ titel: 'Engineer' });

const ofGroup = operations<ScimGroupAttributes>().add('members', { value: '1' }).replace('displayName', 'Field Team');
void groups.patch('1', ofGroup);
void users.patch('1', [...operations().remove('title'), { op: 'remove', path: 'NickName' }]);
export const plain: Iterable<ScimPatchOperation> = ofGroup;
// @ts-expect-error operations on a group do not fit a user
void users.patch('1', ofGroup);
// @ts-expect-error nor those on a user a group
void groups.patch('1', operations().remove('title'));

// Each operation of a bulk request has its outcome, unless some may be left undone.
const [made, gone, ...rest] = await stele.scim.bulk([
  { method: 'POST', path: '/Users', bulkId: 'jane', data: { userName: 'jane' } },
  { method: 'DELETE', path: '/Groups/1' },
]);
export const none: [] = rest;
export const id: string = made.error ? made.error.detail : made.id;
export const why: ScimError | undefined = gone.error;
// @ts-expect-error whether it was done has to be asked first
export const guessed: string = made.id;
const [first] = await stele.scim.bulk([{ method: 'DELETE', path: '/Users/1' }], { failOnErrors: 1 });
export const perhaps: ScimBulkOutcome | undefined = first;
// @ts-expect-error it may not have been tried
export const tried: ScimBulkOutcome = first;
// @ts-expect-error reading is no part of a bulk request
void stele.scim.bulk([{ method: 'GET', path: '/Users/1' }]);
