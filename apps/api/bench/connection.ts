import { connect, type Socket } from 'node:net';
import type { WireRequest } from './requests.ts';

const HEAD_END = '\r\n\r\n';

/** One keep-alive connection with one request under way at most: little enough work that the load leaves the CPU alone. */
export class Connection {
  readonly #socket: Socket;
  readonly #host: string;
  #received: Buffer | undefined;
  #answered: ((answer: { status: number; body: string }) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  static async open(url: string): Promise<Connection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Connection(socket, host);
  }

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The server closed a connection')));
  }

  /** Sends one request; the status and the body of its answer. */
  send(
    request: WireRequest,
    answered: (answer: { status: number; body: string }) => void,
    failed: (error: Error) => void,
  ): void {
    this.#answered = answered;
    this.#failed = failed;
    let head = `${request.method} ${request.path} HTTP/1.1\r\nhost: ${this.#host}\r\n`;
    for (const name of Object.keys(request.headers)) head += `${name}: ${request.headers[name]}\r\n`;
    if (request.body !== '') head += `content-length: ${request.body.length}\r\n`;
    this.#socket.write(`${head}\r\n${request.body}`, 'latin1');
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const received = this.#received === undefined ? chunk : Buffer.concat([this.#received, chunk]);
    this.#received = received;
    const headEnd = received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = received.toString('latin1', 0, headEnd);
    const status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined && status !== 204) {
      this.#fail(new Error(`An answer without Content-Length cannot be read here: ${head}`));
      return;
    }
    const start = headEnd + HEAD_END.length;
    const end = start + Number(length ?? 0);
    if (received.length < end) return;
    this.#received = undefined;
    this.#answered?.({ status, body: received.toString('latin1', start, end) });
  }

  #fail(error: Error): void {
    const failed = this.#failed;
    this.#failed = undefined;
    failed?.(error);
  }
}
