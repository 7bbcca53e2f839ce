import { WireConnection } from '../load/wire.js';
import { appendRequest, path, subscribeRequest, turn } from '../messages.js';
import { cpuMicros } from '../process-usage.js';
import { type Figure, figure } from '../report.js';
import { alternate } from '../rounds.js';
import { type ServerProcess, startBare, startTrackside } from '../server-process.js';

const subscribers = 1_000;
const connections = 20;
const appends = 50;

/** What an event costs a server for each of 1,000 subscribers, as a multiple of writing as many bytes to as many streams. */
export async function fanOut(): Promise<Figure[]> {
  const trackside = await startTrackside('memory');
  const servers = [trackside];
  try {
    const ours = await Audience.gather(trackside);
    await ours.hear(10);
    const bare = await startBare('stream', `${ours.messageBytes}`);
    servers.push(bare);
    const theirs = await Audience.gather(bare);
    const results = await alternate(7, { ours: () => ours.hear(appends), bare: () => theirs.hear(appends) });
    const ratios = results.map(({ ours, bare }) => ours / bare);
    return [
      figure('fan-out.to-bare-stream', 'x', ratios, { atMost: 2 }),
      figure(
        'fan-out.server-cpu',
        'µs/event/subscriber',
        results.map(({ ours }) => ours),
      ),
      figure(
        'fan-out.bare-stream-cpu',
        'µs/event/subscriber',
        results.map(({ bare }) => bare),
      ),
      figure('fan-out.message', 'bytes', [ours.messageBytes]),
    ];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** The subscribers of a server, and its writer. */
class Audience {
  /** The size of the last message. */
  messageBytes = 0;
  #heard = 0;
  #wake = () => {};
  readonly #writer: WireConnection;
  readonly #server: ServerProcess;

  private constructor(server: ServerProcess, writer: WireConnection) {
    this.#server = server;
    this.#writer = writer;
  }

  /** Subscribes, and waits until each subscriber has got an event, whatever other messages came before. */
  static async gather(server: ServerProcess): Promise<Audience> {
    const audience = new Audience(server, await WireConnection.open(server.address, path('AppendEvents')));
    const ready: Promise<void>[] = [];
    for (let i = 0; i < connections; i++) {
      const connection = await WireConnection.open(server.address, path('SubscribeEvents'));
      for (let j = 0; j < subscribers / connections; j++) ready.push(audience.#subscribe(connection));
    }
    await Promise.all(ready);
    return audience;
  }

  /** Appends one turn after another, each when all have heard the one before; returns the CPU per event and subscriber. */
  async hear(turns: number): Promise<number> {
    const request = appendRequest('customer', turn);
    const before = cpuMicros(this.#server.pid);
    for (let i = 0; i < turns; i++) {
      this.#heard = 0;
      const everyone = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#writer.unary(request());
      await everyone;
    }
    return (cpuMicros(this.#server.pid) - before) / (turns * turn.length * subscribers);
  }

  #subscribe(connection: WireConnection): Promise<void> {
    return new Promise((resolve, reject) => {
      connection.call(
        subscribeRequest(),
        (message) => {
          // A confirmation and the like are short.
          if (message.length < 200) return resolve();
          this.messageBytes = message.length;
          this.#heard += 1;
          if (this.#heard === subscribers) this.#wake();
        },
        (error) => reject(error ?? new Error('the feed ended')),
      );
    });
  }
}
