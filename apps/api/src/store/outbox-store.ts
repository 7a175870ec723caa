import { Inject, Injectable } from '@nestjs/common';
import { type Email, primaryEmail } from '@stele/schemas/canonical';
import { type Addressee, Outbox, type OutboxEntry, type OutboxKind } from '../mail/outbox.ts';
import { Database, type Row, type Statement } from './database.ts';

/** How long messages that were given up are kept: they hold addresses. */
const KEPT = '30 days';

/** Messages that one statement deletes at most. */
const PRUNE_BATCH = 100;

const claimEntries: Statement = {
  name: 'claim-outbox',
  // A time of three digits may be rounded up to one that is still to come.
  text: `WITH due AS (SELECT tenant_id, id FROM outbox WHERE failed_at IS NULL AND next_attempt_at <= now() + interval '1 ms' ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED) UPDATE outbox o SET attempts = o.attempts + 1, next_attempt_at = now() + $2 * interval '1 ms' FROM due WHERE o.tenant_id = due.tenant_id AND o.id = due.id RETURNING o.tenant_id, o.id, o.user_id, o.kind, o.recipient, o.created_at, (extract(epoch FROM now() - o.created_at) * 1000)::float8, o.attempts`,
};

const ADDRESSEE = 'user_name, emails, pending_email';

const findAddressee: Statement = {
  name: 'find-addressee',
  text: `SELECT ${ADDRESSEE} FROM users WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`,
};

const keepToken: Statement = {
  name: 'keep-email-token',
  text: `UPDATE users SET pending_email_token = $4, pending_email_expires_at = now() + $5 * interval '1 ms' WHERE tenant_id = $1 AND id = $2 AND pending_email = $3 AND deleted_at IS NULL RETURNING ${ADDRESSEE}`,
};

const finishEntry: Statement = {
  name: 'finish-outbox',
  text: 'DELETE FROM outbox WHERE tenant_id = $1 AND id = $2',
};

/** One that was lent to another meanwhile is the other's. */
const LENT = 'tenant_id = $1 AND id = $2 AND attempts = $3';

const postponeEntry: Statement = {
  name: 'postpone-outbox',
  text: `UPDATE outbox SET next_attempt_at = now() + $4 * interval '1 ms', last_error = $5 WHERE ${LENT}`,
};

const giveUpEntry: Statement = {
  name: 'give-up-outbox',
  text: `
    WITH old AS (
      DELETE FROM outbox
      WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM outbox WHERE failed_at < now() - interval '${KEPT}' LIMIT ${PRUNE_BATCH} FOR UPDATE SKIP LOCKED
      ))
    )
    UPDATE outbox SET failed_at = now(), last_error = $4 WHERE ${LENT}`,
};

function entryOf([tenantId, id, userId, kind, recipient, createdAt, age, attempts]: Row): OutboxEntry {
  return {
    tenantId: tenantId as string,
    id: id as string,
    userId: userId as string,
    kind: kind as OutboxKind,
    recipient: recipient as string,
    createdAt: createdAt as Date,
    age: age as number,
    attempts: attempts as number,
  };
}

function addresseeOf([userName, emails, pendingEmail]: Row): Addressee {
  const email = primaryEmail({ emails: (emails as Email[] | null) ?? [] });
  return {
    userName: userName as string,
    ...(email !== undefined && { email }),
    ...(pendingEmail !== null && { pendingEmail: pendingEmail as string }),
  };
}

/** Messages that are still to be sent, in PostgreSQL. */
@Injectable()
export class OutboxStore extends Outbox {
  constructor(@Inject(Database) private readonly database: Database) {
    super();
  }

  override async claim(most: number, milliseconds: number): Promise<OutboxEntry[]> {
    const { rows } = await this.database.query(claimEntries, [most, milliseconds]);
    return rows.map(entryOf);
  }

  override async addressee({ tenantId, userId }: OutboxEntry): Promise<Addressee | undefined> {
    const { rows } = await this.database.query(findAddressee, [tenantId, userId]);
    return rows[0] && addresseeOf(rows[0]);
  }

  override async keepToken(entry: OutboxEntry, hash: Buffer, milliseconds: number): Promise<Addressee | undefined> {
    const { tenantId, userId, recipient } = entry;
    const { rows } = await this.database.query(keepToken, [tenantId, userId, recipient, hash, milliseconds]);
    return rows[0] && addresseeOf(rows[0]);
  }

  override async finish({ tenantId, id }: OutboxEntry): Promise<void> {
    await this.database.query(finishEntry, [tenantId, id]);
  }

  override async postpone(
    { tenantId, id, attempts }: OutboxEntry,
    milliseconds: number,
    reason: string,
  ): Promise<void> {
    await this.database.query(postponeEntry, [tenantId, id, attempts, milliseconds, reason]);
  }

  override async giveUp({ tenantId, id, attempts }: OutboxEntry, reason: string): Promise<void> {
    await this.database.query(giveUpEntry, [tenantId, id, attempts, reason]);
  }
}
