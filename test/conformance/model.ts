import type { Boundary, SequenceRange } from '#src/storage/ports/tracker.js';
import type { SeenEvent, SentEvent } from './observations.js';
import type {
  AppendAnswer,
  AppendCall,
  EraseAnswer,
  EraseCall,
  Life,
  ReadCall,
  Shown,
  Wanted,
} from './subject.js';

/*
 * The tracker's promises as plainly as they can be put: lists that are searched from the start. It shares no
 * code with what it judges; positions and partitions, which it can't know, are its own count per partition.
 */

interface Kept extends SeenEvent {
  erased: boolean;
}

interface Entry {
  readonly partition: number;
  readonly position: number;
  readonly conversationId: string;
  readonly content: { readonly event: Kept } | { readonly ranges: readonly SequenceRange[] };
}

interface Chat {
  readonly partition: number;
  lastSequence: number;
  fence: number | undefined;
  alive: boolean;
  firstSequence: number;
  events: Kept[];
  appends: Map<string, { text: string; answer: AppendAnswer & { status: 'stored' } }>;
  readonly erasures: Map<string, { text: string; answer: EraseAnswer }>;
}

export class Model {
  readonly #chats = new Map<string, Chat>();
  readonly #log: Entry[] = [];
  readonly #partitionOf: (conversationId: string) => number;

  constructor(partitionOf: (conversationId: string) => number) {
    this.#partitionOf = partitionOf;
  }

  lastSequence(conversationId: string): number {
    return this.#chats.get(conversationId)?.lastSequence ?? 0;
  }

  append(call: AppendCall): AppendAnswer {
    const chat = this.#chat(call.conversationId);
    const text = JSON.stringify(call.events);
    const prior = chat.appends.get(call.appendId);
    if (prior?.text === text) return { ...prior.answer, status: 'repeated' };
    if (prior) return { ...prior.answer, status: 'append_id_reused' };
    if (call.fence !== undefined && chat.fence !== undefined && call.fence < chat.fence) {
      return { status: 'fence_stale', highestFence: chat.fence };
    }
    const { expectation } = call;
    const refused =
      (expectation === 'no_events' && chat.alive) ||
      (expectation === 'has_events' && !chat.alive) ||
      (typeof expectation === 'number' && expectation !== (chat.alive ? chat.lastSequence : 0));
    if (refused) return { status: 'conflict', actual: chat.lastSequence };
    const answer = this.#store(chat, call);
    chat.appends.set(call.appendId, { text, answer });
    return answer;
  }

  raiseFence(conversationId: string, fence: number): number | undefined {
    const chat = this.#chat(conversationId);
    if (chat.fence !== undefined && fence < chat.fence) return chat.fence;
    chat.fence = fence;
    return undefined;
  }

  erase({ conversationId, requestId, what }: EraseCall): EraseAnswer {
    const chat = this.#chat(conversationId);
    const text = JSON.stringify(what);
    const prior = chat.erasures.get(requestId);
    if (prior) return prior.text === text ? prior.answer : { status: 'request_id_reused' };
    if (!chat.alive) return { status: 'missing' };
    const last = chat.lastSequence;
    if (what.kind === 'delete' && (what.expectedSequence ?? last) !== last) return { status: 'conflict' };
    if (what.kind === 'redact' && what.sequences.some((one) => one > last)) return { status: 'not_reached' };
    if (what.kind === 'truncate' && what.firstKept > last + 1) return { status: 'not_reached' };
    const ranges = this.#hide(chat, what);
    const written = ranges.length > 0 || what.kind === 'delete';
    const position = written ? this.#write(chat.partition, conversationId, { ranges }) : 0;
    const answer: EraseAnswer = { status: 'done', position, ranges };
    chat.erasures.set(requestId, { text, answer });
    return answer;
  }

  read(call: ReadCall): readonly SeenEvent[] {
    const chat = this.#chats.get(call.conversationId);
    const found = (chat?.events ?? []).filter(
      (event) => !event.erased && event.sequence >= call.first && event.sequence <= (call.last ?? Infinity),
    );
    return (call.newestFirst ? found.reverse() : found).map(seen);
  }

  session(conversationId: string, boundary: Boundary): { start: number; events: readonly SeenEvent[] } {
    const chat = this.#chats.get(conversationId);
    if (!chat?.alive) return { start: 0, events: [] };
    const begins = chat.events.findLast(({ type, name }) =>
      boundary === 'session_started' ? type === boundary : type === 'action' && name === boundary,
    );
    const start = Math.max(begins?.sequence ?? 0, chat.firstSequence);
    const events = chat.events.filter((event) => event.sequence >= start && !event.erased);
    return { start, events: events.map(seen) };
  }

  /** How often something of a conversation was erased. */
  erasures(conversationId: string): number {
    return this.#log.filter((entry) => entry.conversationId === conversationId && 'ranges' in entry.content)
      .length;
  }

  lives(prefix: string): readonly Life[] {
    const ids = [...this.#chats.keys()].filter((id) => id.startsWith(prefix));
    ids.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return ids.flatMap((id) => this.life(id) ?? []);
  }

  life(conversationId: string): Life | undefined {
    const chat = this.#chats.get(conversationId);
    if (!chat?.alive) return undefined;
    const { firstSequence, lastSequence, fence } = chat;
    return { conversationId, firstSequence, lastSequence, highestFence: fence };
  }

  /** What a reader that saw a partition up to a position is to be shown of it next. */
  next(wanted: Wanted, partition: number, behind: number): readonly { position: number; item: Shown }[] {
    return this.#log.flatMap((entry): { position: number; item: Shown }[] => {
      const { position, conversationId, content } = entry;
      if (entry.partition !== partition || position <= behind) return [];
      if (!conversationId.startsWith(wanted.prefix)) return [];
      if ('ranges' in content) {
        return [{ position, item: { kind: 'erased', conversationId, ranges: content.ranges } }];
      }
      const { event } = content;
      const matches = wanted.types.length === 0 || wanted.types.includes(event.type);
      return matches && !event.erased ? [{ position, item: { kind: 'events', events: [seen(event)] } }] : [];
    });
  }

  #chat(conversationId: string): Chat {
    const chat = this.#chats.get(conversationId) ?? {
      partition: this.#partitionOf(conversationId),
      lastSequence: 0,
      fence: undefined,
      alive: false,
      firstSequence: 0,
      events: [],
      appends: new Map(),
      erasures: new Map(),
    };
    this.#chats.set(conversationId, chat);
    return chat;
  }

  #store(chat: Chat, call: AppendCall): AppendAnswer & { status: 'stored' } {
    if (!chat.alive) chat.firstSequence = chat.lastSequence + 1;
    chat.alive = true;
    chat.fence = call.fence ?? chat.fence;
    const placed = call.events.map((event) => this.#add(chat, call, event));
    const [first, last] = [placed[0]!, placed.at(-1)!];
    return {
      status: 'stored',
      placed: {
        partition: chat.partition,
        firstPosition: first.position,
        lastPosition: last.position,
        firstSequence: first.sequence,
        lastSequence: last.sequence,
      },
    };
  }

  #add(chat: Chat, { conversationId, appendId }: AppendCall, sent: SentEvent): Kept {
    const { partition } = chat;
    chat.lastSequence += 1;
    const position = this.#nextPosition(partition);
    const { type, name, data, metadata } = sent;
    const sequence = chat.lastSequence;
    const event = {
      conversationId,
      sequence,
      partition,
      position,
      appendId,
      type,
      name,
      data,
      metadata,
      erased: false,
    };
    chat.events.push(event);
    this.#write(partition, conversationId, { event });
    return event;
  }

  #write(partition: number, conversationId: string, content: Entry['content']): number {
    const position = this.#nextPosition(partition);
    this.#log.push({ partition, position, conversationId, content });
    return position;
  }

  #nextPosition(partition: number): number {
    return this.#log.filter((entry) => entry.partition === partition).length + 1;
  }

  #hide(chat: Chat, what: EraseCall['what']): readonly SequenceRange[] {
    const { firstSequence: first, lastSequence: last } = chat;
    if (what.kind === 'redact') {
      const asked = chat.events.filter((event) => !event.erased && what.sequences.includes(event.sequence));
      for (const event of asked) event.erased = true;
      return rangesOf(asked.map((event) => event.sequence));
    }
    const end = what.kind === 'delete' ? last : what.firstKept - 1;
    const below = chat.events.filter((event) => event.sequence <= end && !event.erased);
    for (const event of below) event.erased = true;
    if (what.kind === 'delete') {
      chat.alive = false;
      chat.events = [];
      chat.appends = new Map();
    } else if (below.length === 0) {
      return [];
    }
    chat.firstSequence = Math.max(first, end + 1);
    return first <= end ? [{ first, last: end }] : [];
  }
}

function seen({ erased: _, ...event }: Kept): SeenEvent {
  return event;
}

function rangesOf(sequences: readonly number[]): readonly SequenceRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const sequence of sequences) {
    const range = ranges.at(-1);
    if (range && range.last === sequence - 1) range.last = sequence;
    else ranges.push({ first: sequence, last: sequence });
  }
  return ranges;
}
