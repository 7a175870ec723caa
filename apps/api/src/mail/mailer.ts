import { Inject, Injectable } from '@nestjs/common';
import type { Transporter } from 'nodemailer';
import { MailOptions } from './mail-options.ts';
import type { Message } from './message.ts';

/** Messages under way at once, each on a connection of its own. */
export const CONNECTIONS = 5;

/** Milliseconds from the look-up of the server's name until it has greeted. */
const CONNECT_TIMEOUT = 5000;

/** Milliseconds of silence. A server may read a message for long before it takes it, and one that is hurried sends it twice. */
const SILENCE_TIMEOUT = 30_000;

/** Milliseconds that one message may take, whatever the server does with them. */
export const SEND_TIMEOUT = 60_000;

/** Sends messages by SMTP, on connections that are kept for the next one; with TLS where the server offers it. */
@Injectable()
export class Mailer {
  private readonly domain: string;
  private transport: Promise<Transporter> | undefined;

  constructor(@Inject(MailOptions) private readonly options: MailOptions) {
    this.domain = /@([^\s@>]+)>?\s*$/.exec(options.from)?.[1] ?? 'localhost';
  }

  /** Comes when the server has taken the message over. */
  async send({ id, to, subject, text }: Message, signal: AbortSignal): Promise<void> {
    const transport = await (this.transport ??= this.connect());
    await transport.sendMail({
      from: this.options.from,
      // Not parsed: what looks like a list of addresses stays one.
      to: { name: '', address: to },
      subject,
      text,
      messageId: `<${id}@${this.domain}>`,
      // RFC 3834: nobody is to answer, an out-of-office assistant least of all.
      headers: { 'Auto-Submitted': 'auto-generated' },
      xMailer: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT)]),
    });
  }

  async close(): Promise<void> {
    (await this.transport)?.close({ force: true });
  }

  private async connect(): Promise<Transporter> {
    // Only where messages are sent is there need of what it takes.
    const { createTransport } = await import('nodemailer');
    return createTransport({
      pool: true,
      url: this.options.smtpUrl,
      maxConnections: CONNECTIONS,
      // A kept connection may be gone by now. Any other trouble is the outbox's to try again.
      maxRequeues: 1,
      connectionTimeout: CONNECT_TIMEOUT,
      socketTimeout: SILENCE_TIMEOUT,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }
}
