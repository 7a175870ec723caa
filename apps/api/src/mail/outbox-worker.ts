import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { EMAIL_TOKEN_MS, isMailbox } from '@stele/schemas/canonical';
import { backoff } from './backoff.ts';
import { isFinal, reasonOf } from './failure.ts';
import { MailOptions } from './mail-options.ts';
import { CONNECTIONS, Mailer, SEND_TIMEOUT } from './mailer.ts';
import { changeNotice, type Message, type Proof, verificationMessage } from './message.ts';
import { Outbox, type OutboxEntry, type OutboxKind } from './outbox.ts';
import { hashToken, makeToken } from './token.ts';

/** Milliseconds between two looks for what others left, or what is due again. */
const INTERVAL = 3000;

/** Milliseconds for which a message is nobody else's: longer than it takes to send it and to note that. */
const LEASE = 2 * SEND_TIMEOUT;

/** Milliseconds after which a message is given up. */
const DAY = 24 * 3_600_000;

/** Milliseconds that a stop waits for what is being sent, and then for the notes of what was cut short. */
const PATIENCE = 1500;
const LAST_WORDS = 500;

/** Sends what is in the outbox, however many replicas do so, and tries again what could not be sent. */
@Injectable()
export class OutboxWorker implements OnApplicationShutdown {
  private readonly timer: NodeJS.Timeout;
  /** What a stop waits for. */
  private readonly underWay = new Set<Promise<void>>();
  private readonly cut = new AbortController();
  private sending = 0;
  private claiming = false;
  private wanted = false;
  private stopped = false;

  private readonly composers: Readonly<Record<OutboxKind, (entry: OutboxEntry) => Promise<Message | undefined>>> = {
    email_verification: (entry) => this.composeVerification(entry),
    email_change_notice: async (entry) => {
      const addressee = await this.outbox.addressee(entry);
      return addressee && changeNotice(entry, addressee);
    },
  };

  constructor(
    @Inject(Outbox) private readonly outbox: Outbox,
    @Inject(Mailer) private readonly mailer: Mailer,
    @Inject(MailOptions) private readonly options: MailOptions,
  ) {
    this.timer = setInterval(() => this.wake(), INTERVAL);
    this.timer.unref();
  }

  /** Begins to send what is due; to be called when there may be something new. */
  wake(): void {
    this.wanted = true;
    if (!this.claiming && !this.stopped) this.track(this.claim());
  }

  /** Lets what is being sent come to its end, for a moment. The rest stays in the outbox, for others or for later. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await Promise.race([this.settled(), sleep(PATIENCE, undefined, { ref: false })]);
    this.cut.abort();
    await Promise.race([this.settled(), sleep(LAST_WORDS, undefined, { ref: false })]);
    await this.mailer.close();
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  private async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  /** Takes no more than can be sent at once, so that nothing waits here while another replica has time for it. */
  private async claim(): Promise<void> {
    this.claiming = true;
    while (this.wanted && !this.stopped && this.sending < CONNECTIONS) {
      this.wanted = false;
      const entries = await this.outbox.claim(CONNECTIONS - this.sending, LEASE).catch((error: unknown) => {
        this.options.log.warn({ reason: reasonOf(error) }, 'The outbox cannot be read');
        return [];
      });
      for (const entry of entries) this.track(this.send(entry));
    }
    this.claiming = false;
  }

  private async send(entry: OutboxEntry): Promise<void> {
    this.sending++;
    try {
      await this.deliver(entry);
    } catch (error) {
      // What cannot be noted is due again when its lease ends.
      await this.noteFailure(entry, error).catch(() => {});
    }
    this.sending--;
    this.wake();
  }

  private async deliver(entry: OutboxEntry): Promise<void> {
    if (entry.age >= DAY) return this.giveUp(entry, 'too old');
    if (!isMailbox(entry.recipient)) return this.giveUp(entry, 'not a mailbox');
    const message = await this.composers[entry.kind](entry);
    if (message) await this.mailer.send(message, this.cut.signal);
    await this.outbox.finish(entry);
  }

  /** The token exists in the message alone, and is known by its hash before the message can arrive. */
  private async composeVerification(entry: OutboxEntry): Promise<Message | undefined> {
    const token = makeToken();
    const addressee = await this.outbox.keepToken(entry, hashToken(token), EMAIL_TOKEN_MS);
    return addressee && verificationMessage(entry, addressee, this.proofOf(entry, token));
  }

  private proofOf({ userId }: OutboxEntry, token: string): Proof {
    const { verificationUrl, spellUserId } = this.options;
    if (verificationUrl === undefined) return { code: token };
    return {
      link: verificationUrl
        .replaceAll('{token}', encodeURIComponent(token))
        .replaceAll('{user_id}', encodeURIComponent(spellUserId(userId))),
    };
  }

  private async noteFailure(entry: OutboxEntry, error: unknown): Promise<void> {
    const reason = reasonOf(error);
    if (isFinal(error)) return this.giveUp(entry, reason);
    // Whatever was cut short for a stop can be sent by another replica at once.
    const delay = this.cut.signal.aborted ? 0 : backoff(entry.attempts);
    this.options.log.warn(detailsOf(entry, reason), 'A message could not be sent, and is tried again');
    return this.outbox.postpone(entry, delay, reason);
  }

  private async giveUp(entry: OutboxEntry, reason: string): Promise<void> {
    this.options.log.error(detailsOf(entry, reason), 'A message was given up');
    return this.outbox.giveUp(entry, reason);
  }
}

/** What the log says of a message: enough to find it in the outbox, and neither the address nor the token. */
function detailsOf({ tenantId, id, userId, kind, attempts }: OutboxEntry, reason: string): object {
  return { tenantId, outboxId: id, userId, kind, attempts, reason };
}
