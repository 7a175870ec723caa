import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { DirectoryError } from '@stele/schemas/canonical';
import type { UserPosition } from './user-store.ts';

/** Milliseconds, UUID, and the first half of an HMAC-SHA-256. */
const TIME = 8;
const ID = 16;
const MAC = 16;

/** Signs positions in a list, so that a cursor is good for the list that it comes from and for no other. */
export class Cursors {
  constructor(private readonly secret: Buffer) {}

  /** @param list names the list: tenant and filter */
  seal({ createdAt, id }: UserPosition, list: string): string {
    const position = Buffer.alloc(TIME + ID);
    position.writeBigInt64BE(BigInt(createdAt.getTime()));
    position.write(id.replaceAll('-', ''), TIME, 'hex');
    return Buffer.concat([position, this.sign(position, list)]).toString('base64url');
  }

  open(cursor: string, list: string): UserPosition {
    const bytes = Buffer.from(cursor, 'base64url');
    const position = bytes.subarray(0, TIME + ID);
    const isOurs =
      bytes.length === TIME + ID + MAC && timingSafeEqual(bytes.subarray(TIME + ID), this.sign(position, list));
    if (!isOurs || bytes.toString('base64url') !== cursor) {
      throw new DirectoryError('invalid_parameter', 'Invalid request parameters', {
        issues: [{ path: ['cursor'], rule: 'invalid', message: 'is not a cursor of this list' }],
      });
    }
    const hex = position.toString('hex', TIME);
    const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    return { createdAt: new Date(Number(position.readBigInt64BE())), id };
  }

  private sign(position: Uint8Array, list: string): Buffer {
    const name = createHash('sha256').update(list).digest();
    return createHmac('sha256', this.secret).update(name).update(position).digest().subarray(0, MAC);
  }
}
