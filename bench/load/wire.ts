import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { headerBlocks } from './hpack.js';
import { Inbox } from './inbox.js';

const type = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
const flag = { endStream: 1, acknowledgement: 1, endHeaders: 4 } as const;
const initialWindowSize = 4;
const largestWindow = 2 ** 31 - 1;
const defaultWindow = 65_535;
const frameHead = 9;
const maxFrame = 16_384;

/** A request's frames, and how much of the peer's windows its data takes. */
interface Outgoing {
  readonly frames: Buffer;
  readonly length: number;
  /** The window of an open stream; a single request always fits a new one's. */
  readonly window: { left: number } | undefined;
}

/** A call under way. */
interface Pending {
  readonly inbox: Inbox;
  readonly onEnd: (error?: Error) => void;
  readonly window?: { left: number };
}

/**
 * A connection that calls one gRPC method, in bare HTTP/2 frames over a socket: a gRPC client in JavaScript
 * spends more CPU on a call than the servers under test, this one a small part of it. It reads no headers: a
 * call that brought no message has failed.
 */
export class WireConnection {
  readonly #socket: Socket;
  readonly #blocks: { readonly first: Buffer; readonly later: Buffer };
  readonly #pending = new Map<number, Pending>();
  /** Frames that wait for the peer to let more data come. */
  readonly #held: Outgoing[] = [];
  #window = defaultWindow;
  #unacknowledged = 0;
  #nextStream = 1;
  #rest: Buffer = Buffer.alloc(0);
  #corked = false;

  private constructor(socket: Socket, method: string) {
    this.#socket = socket;
    this.#blocks = headerBlocks(method);
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#receive(bytes as Buffer));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    const setting = Buffer.alloc(6);
    setting.writeUInt16BE(initialWindowSize, 0);
    setting.writeUInt32BE(largestWindow, 2);
    socket.write(frame(type.settings, 0, 0, setting));
    socket.write(frame(type.windowUpdate, 0, 0, uint32(largestWindow - defaultWindow)));
  }

  /** Connects to `HOST:PORT`; `method` is a path such as `/package.Service/Method`. */
  static async open(address: string, method: string): Promise<WireConnection> {
    const [host, port] = address.split(':');
    const socket = connect(Number(port), host);
    await once(socket, 'connect');
    return new WireConnection(socket, method);
  }

  /** Calls; every message of the response is handed on, the end once. A request takes 16 KiB at most. */
  call(request: Uint8Array, onMessage: (message: Buffer) => void, onEnd: (error?: Error) => void): void {
    const stream = this.#nextStream;
    const block = stream === 1 ? this.#blocks.first : this.#blocks.later;
    this.#nextStream += 2;
    this.#pending.set(stream, { inbox: new Inbox(onMessage), onEnd });
    const length = 5 + request.length;
    if (length > maxFrame) throw new Error(`a request of ${request.length} bytes does not fit one frame`);
    const out = Buffer.allocUnsafe(2 * frameHead + block.length + length);
    writeHead(out, 0, block.length, type.headers, flag.endHeaders, stream);
    block.copy(out, frameHead);
    const data = frameHead + block.length;
    writeHead(out, data, length, type.data, flag.endStream, stream);
    out[data + frameHead] = 0;
    out.writeUInt32BE(request.length, data + frameHead + 1);
    out.set(request, data + frameHead + 5);
    this.#held.push({ frames: out, length, window: undefined });
    this.#flush();
  }

  /** Opens a call that stays open; returns what sends its messages, of 16 KiB at most. */
  stream(
    onMessage: (message: Buffer) => void,
    onEnd: (error?: Error) => void,
  ): (message: Uint8Array) => void {
    const stream = this.#nextStream;
    const block = stream === 1 ? this.#blocks.first : this.#blocks.later;
    this.#nextStream += 2;
    const window = { left: defaultWindow };
    this.#pending.set(stream, { inbox: new Inbox(onMessage), onEnd, window });
    this.#write(frame(type.headers, flag.endHeaders, stream, block));
    return (message) => {
      const length = 5 + message.length;
      const out = Buffer.allocUnsafe(frameHead + length);
      writeHead(out, 0, length, type.data, 0, stream);
      out[frameHead] = 0;
      out.writeUInt32BE(message.length, frameHead + 1);
      out.set(message, frameHead + 5);
      this.#held.push({ frames: out, length, window });
      this.#flush();
    };
  }

  /** Calls a unary method; rejects where no message came back. */
  unary(request: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let response: Buffer | undefined;
      this.call(
        request,
        (message) => {
          response = message;
        },
        (error) => (response ? resolve(response) : reject(error ?? new Error('the call failed'))),
      );
    });
  }

  close(): void {
    this.#pending.clear();
    this.#socket.destroy();
  }

  /** Sends what the windows let through; what one turn of the event loop sends is one write. */
  #flush(): void {
    for (let next = this.#held[0]; next && this.#hasRoom(next); next = this.#held[0]) {
      this.#held.shift();
      this.#window -= next.length;
      if (next.window) next.window.left -= next.length;
      this.#write(next.frames);
    }
  }

  #hasRoom({ length, window }: Outgoing): boolean {
    return length <= this.#window && (window === undefined || length <= window.left);
  }

  #write(bytes: Buffer): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      setImmediate(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }

  #receive(bytes: Buffer): void {
    let input = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    while (input.length >= frameHead) {
      const length = input.readUIntBE(0, 3);
      if (input.length < frameHead + length) break;
      this.#take(input[3]!, input[4]!, input.readUInt32BE(5), input.subarray(frameHead, frameHead + length));
      input = input.subarray(frameHead + length);
    }
    this.#rest = input;
  }

  #take(kind: number, flags: number, stream: number, payload: Buffer): void {
    switch (kind) {
      case type.data:
        this.#acknowledge(payload.length);
        this.#pending.get(stream)?.inbox.take(payload);
        if (flags & flag.endStream) this.#end(stream);
        break;
      case type.headers:
        if (flags & flag.endStream) this.#end(stream);
        break;
      case type.reset:
        this.#end(stream, new Error(`the stream was reset: ${payload.readUInt32BE(0)}`));
        break;
      case type.settings:
        if (!(flags & flag.acknowledgement)) this.#write(frame(type.settings, flag.acknowledgement, 0));
        break;
      case type.ping:
        if (!(flags & flag.acknowledgement)) this.#write(frame(type.ping, flag.acknowledgement, 0, payload));
        break;
      case type.goAway:
        this.#fail(new Error(`the server goes away: ${payload.subarray(8)}`));
        break;
      case type.windowUpdate:
        this.#widen(stream, payload.readUInt32BE(0));
        this.#flush();
        break;
    }
  }

  #widen(stream: number, bytes: number): void {
    const window = this.#pending.get(stream)?.window;
    if (stream === 0) this.#window += bytes;
    else if (window) window.left += bytes;
  }

  #end(stream: number, error?: Error): void {
    const pending = this.#pending.get(stream);
    this.#pending.delete(stream);
    pending?.onEnd(error);
  }

  #acknowledge(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < largestWindow / 2) return;
    this.#write(frame(type.windowUpdate, 0, 0, uint32(this.#unacknowledged)));
    this.#unacknowledged = 0;
  }

  #fail(error: Error): void {
    for (const stream of [...this.#pending.keys()]) this.#end(stream, error);
  }
}

function frame(kind: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const out = Buffer.alloc(frameHead + payload.length);
  writeHead(out, 0, payload.length, kind, flags, stream);
  out.set(payload, frameHead);
  return out;
}

function writeHead(
  out: Buffer,
  at: number,
  length: number,
  kind: number,
  flags: number,
  stream: number,
): void {
  out.writeUIntBE(length, at, 3);
  out[at + 3] = kind;
  out[at + 4] = flags;
  out.writeUInt32BE(stream, at + 5);
}

function uint32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}
