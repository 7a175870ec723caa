import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { vi } from 'vitest';

/** A message that the server took over. */
export interface Mail {
  readonly sender: string;
  readonly recipients: readonly string[];
  /** By lower-case name, unfolded. */
  readonly headers: ReadonlyMap<string, string>;
  /** Decoded. */
  readonly text: string;
  /** As it came. */
  readonly raw: string;
  /** Whether it came through TLS. */
  readonly secure: boolean;
}

/** What the server does with a connection or a message. */
export type Mood =
  | 'takes'
  /** Says nothing: not to whoever connects, and not to whoever has a message. */
  | 'hangs'
  /** Reads messages and never says that it has. */
  | 'never finishes'
  /** Refuses, in words that repeat what it was sent. */
  | { readonly refuses: 'MAIL FROM' | 'RCPT TO' | 'DATA'; readonly code: number };

export interface TestSmtp {
  /** For `SMTP_URL`. */
  readonly url: string;
  mood: Mood;
  /** In the order in which they were taken over. */
  readonly mails: readonly Mail[];
  /** How often a recipient was named, whatever became of it. */
  readonly tries: readonly string[];
  /** Comes when so many messages to the address are there, with the last of them. */
  mailTo(address: string, count?: number): Promise<Mail>;
  /** Refuses connections from now on. */
  stop(): Promise<void>;
  /** Listens where it did, if it does not. */
  start(): Promise<void>;
  /** Forgets every message, and takes whatever comes. */
  reset(): void;
}

/** Milliseconds that a message may take until it is there: two tries and the time between them. */
const PATIENCE = 15_000;

/** A real SMTP server on loopback that keeps what it is sent. With `tls` it offers STARTTLS, and nobody vouches for it. */
export async function startSmtp({ tls = false }: { readonly tls?: boolean } = {}): Promise<TestSmtp> {
  const mails: Mail[] = [];
  const tries: string[] = [];
  let port = 0;
  let server: SMTPServer | undefined;

  const smtp: TestSmtp = {
    get url() {
      return `smtp://127.0.0.1:${port}`;
    },
    mood: 'takes',
    mails,
    tries,
    mailTo: (address, count = 1) =>
      vi.waitFor(
        () => {
          const found = mails.filter(({ recipients }) => recipients.includes(address));
          if (found.length < count) throw new Error(`${found.length} messages came to ${address}`);
          return found[count - 1]!;
        },
        { timeout: PATIENCE, interval: 10 },
      ),
    async stop() {
      const stopping = server;
      server = undefined;
      if (stopping) await new Promise<void>((resolve) => stopping.close(resolve));
    },
    async start() {
      if (server) return;
      server = serverOf(smtp, tls, mails, tries);
      const listening = server.listen(port, '127.0.0.1');
      await once(listening, 'listening');
      ({ port } = listening.address() as AddressInfo);
    },
    reset() {
      mails.length = 0;
      tries.length = 0;
      smtp.mood = 'takes';
    },
  };
  await smtp.start();
  return smtp;
}

function serverOf(smtp: TestSmtp, tls: boolean, mails: Mail[], tries: string[]): SMTPServer {
  /** The refusal of a command, when the mood is to refuse it. */
  const refusal = (command: 'MAIL FROM' | 'RCPT TO' | 'DATA', words: string): Error | null => {
    const { mood } = smtp;
    if (typeof mood === 'string' || mood.refuses !== command) return null;
    return Object.assign(new Error(words), { responseCode: mood.code });
  };
  const server = new SMTPServer({
    logger: false,
    disableReverseLookup: true,
    disabledCommands: tls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    closeTimeout: 50,
    onConnect: (_session, callback) => {
      if (smtp.mood !== 'hangs') callback();
    },
    onMailFrom: ({ address }, _session, callback) => {
      if (smtp.mood !== 'hangs') callback(refusal('MAIL FROM', `5.7.1 <${address}> is unwelcome`));
    },
    onRcptTo: ({ address }, _session, callback) => {
      tries.push(address);
      callback(refusal('RCPT TO', `5.1.1 <${address}> is unknown`));
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        const refused = refusal('DATA', `5.7.1 ${decodedText(raw).replaceAll(/\s+/g, ' ')}`);
        if (refused) return callback(refused);
        mails.push(mailOf(raw, session));
        if (smtp.mood !== 'never finishes') callback();
      });
    },
  });
  // A client that goes away in the middle of a word.
  server.on('error', () => {});
  return server;
}

function mailOf(raw: string, { envelope, secure }: SMTPServerSession): Mail {
  return {
    sender: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    recipients: envelope.rcptTo.map(({ address }) => address),
    headers: headersOf(raw),
    text: decodedText(raw),
    raw,
    secure,
  };
}

/** RFC 5322 2.2. */
function headersOf(raw: string): Map<string, string> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n(?=[ \t])/g, '');
  const fields = head.split('\r\n').map((line) => /^([^:]+):\s*(.*)$/s.exec(line)!);
  return new Map(fields.map(([, name, value]) => [name!.toLowerCase(), value!]));
}

/** RFC 2045 6: the body as its reader sees it. */
function decodedText(raw: string): string {
  const body = raw.slice(raw.indexOf('\r\n\r\n') + 4);
  const decoders: Readonly<Record<string, () => string>> = {
    '7bit': () => body,
    base64: () => Buffer.from(body, 'base64').toString('utf8'),
    'quoted-printable': () => {
      const bytes = body
        .replaceAll('=\r\n', '')
        .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return Buffer.from(bytes, 'latin1').toString('utf8');
    },
  };
  return decoders[headersOf(raw).get('content-transfer-encoding')!.toLowerCase()]!().replaceAll('\r\n', '\n');
}
