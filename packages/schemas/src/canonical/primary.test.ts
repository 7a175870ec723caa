import { describe, expect, it } from 'vitest';
import { primaryEmail, primaryRole, withPrimaryValue, withPrimaryRole } from './primary.ts';

// CONTRACTS, "Decided once": writing an e-mail through v1 or NERM replaces the primary's value (creates a primary if
// there is none) and leaves the other e-mails alone; `role` is the primary one, else the first.
describe('the primary e-mail', () => {
  it('is the primary one, else the first', () => {
    expect(primaryEmail({ emails: [] })).toBeUndefined();
    expect(primaryEmail({ emails: [{ type: 'work' }, { value: 'a@x.org' }] })).toBe('a@x.org');
    expect(primaryEmail({ emails: [{ value: 'a@x.org' }, { value: 'b@x.org', primary: true }] })).toBe('b@x.org');
  });

  it('is replaced in its place, with what else is said of it', () => {
    const emails = [{ value: 'a@x.org' }, { value: 'b@x.org', type: 'work', primary: true }];
    expect(withPrimaryValue(emails, 'c@x.org')).toEqual([
      { value: 'a@x.org' },
      { value: 'c@x.org', type: 'work', primary: true },
    ]);
  });

  it('is added where none is primary', () => {
    expect(withPrimaryValue([{ value: 'a@x.org' }], 'b@x.org')).toEqual([
      { value: 'a@x.org' },
      { value: 'b@x.org', primary: true },
    ]);
  });
});

describe('the primary role', () => {
  it('is replaced where it is shown, so that nobody keeps a role that was taken away', () => {
    expect(withPrimaryRole([{ value: 'admin' }, { value: 'auditor' }], 'user')).toEqual([
      { value: 'user' },
      { value: 'auditor' },
    ]);
    expect(primaryRole({ roles: withPrimaryRole([{ value: 'a' }, { value: 'b', primary: true }], 'c') })).toBe('c');
  });

  it('is added where there is none', () => {
    expect(withPrimaryRole([], 'admin')).toEqual([{ value: 'admin', primary: true }]);
  });
});
