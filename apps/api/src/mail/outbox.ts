export type OutboxKind = 'email_verification' | 'email_change_notice';

/** One message that is to go out, and that nobody else sends for as long as it is lent. */
export interface OutboxEntry {
  readonly tenantId: string;
  readonly id: string;
  readonly userId: string;
  readonly kind: OutboxKind;
  readonly recipient: string;
  readonly createdAt: Date;
  /** Milliseconds since then, on the database's clock. */
  readonly age: number;
  /** How often it was lent, this time included. */
  readonly attempts: number;
}

/** The user that a message is about, as far as the message says. */
export interface Addressee {
  readonly userName: string;
  /** The primary e-mail address. */
  readonly email?: string;
  readonly pendingEmail?: string;
}

/** Messages that are still to be sent. A write that asks for a message leaves it here, in its own commit. */
export abstract class Outbox {
  /** Lends messages that are due, the longest due first. One that is not given back by then is due again. */
  abstract claim(most: number, milliseconds: number): Promise<OutboxEntry[]>;
  /** The user, unless it is deleted. */
  abstract addressee(entry: OutboxEntry): Promise<Addressee | undefined>;
  /**
   * Keeps the hash of the token that confirms the recipient's address, in place of an earlier one. Answers with nobody
   * when that address is no longer asked for.
   */
  abstract keepToken(entry: OutboxEntry, hash: Buffer, milliseconds: number): Promise<Addressee | undefined>;
  /** Forgets what is sent, or no longer to be sent. */
  abstract finish(entry: OutboxEntry): Promise<void>;
  /** Gives back what could not be sent, due again after a while. */
  abstract postpone(entry: OutboxEntry, milliseconds: number, reason: string): Promise<void>;
  /** Keeps what will not be sent, for people to look at. */
  abstract giveUp(entry: OutboxEntry, reason: string): Promise<void>;
}
