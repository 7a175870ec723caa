import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUserId, encodeUserId, v1UserId } from './identifier.ts';

describe('v1 identifiers', () => {
  // TypeID 0.3, "valid.yml" of the specification, with our prefix.
  it.each([
    ['00000000-0000-0000-0000-000000000000', '00000000000000000000000000'],
    ['00000000-0000-0000-0000-000000000001', '00000000000000000000000001'],
    ['00000000-0000-0000-0000-00000000000a', '0000000000000000000000000a'],
    ['00000000-0000-0000-0000-000000000010', '0000000000000000000000000g'],
    ['00000000-0000-0000-0000-000000000020', '00000000000000000000000010'],
    ['ffffffff-ffff-ffff-ffff-ffffffffffff', '7zzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['0110c853-1d09-52d8-d73e-1194e95b5f19', '0123456789abcdefghjkmnpqrs'],
    ['01890a5d-ac96-774b-bcce-b302099a8057', '01h455vb4pex5vsknk084sn02q'],
  ])('spell %s as usr_%s', (uuid, digits) => {
    expect(encodeUserId(uuid)).toBe(`usr_${digits}`);
    expect(decodeUserId(`usr_${digits}`)).toBe(uuid);
  });

  it('and UUIDs stand for each other', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(v1UserId.parse(v1UserId.encode(uuid))).toBe(uuid);
      }),
    );
  });

  it.each([
    'usr_8zzzzzzzzzzzzzzzzzzzzzzzzz',
    'usr_01H455VB4PEX5VSKNK084SN02Q',
    'usr_01h455vb4pex5vsknk084sn02',
    'usr_01h455vb4pex5vsknk084sn02qq',
    'usr_0123456789abcdefghijklmnop',
    'user_01h455vb4pex5vsknk084sn02q',
    '01h455vb4pex5vsknk084sn02q',
    '01890a5d-ac96-774b-bcce-b302099a8057',
    '',
  ])('are not %j', (id) => {
    expect(v1UserId.safeParse(id).success).toBe(false);
  });
});
