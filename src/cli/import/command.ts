import type { TrackerClient } from '@trackside/client';
import { TracksideError } from '../../errors.js';
import type { Source } from '../../rasa/source.js';
import { openSource } from '../../rasa/sources.js';
import { deliver, Refusal } from '../append/deliver.js';
import type { DumpedConversation } from '../append/dump.js';
import { each } from '../append/each.js';
import { type Progress, showProgress, stopped, summarise } from '../append/progress.js';
import { CommandError } from '../exit.js';
import type { CommonOptions } from '../options.js';
import { told, withServer } from '../server.js';
import { Oddities } from './oddities.js';
import { sift } from './sift.js';

/** The options of `trackside import rasa`. */
export interface ImportOptions extends CommonOptions {
  /** How many conversations are stored at a time. */
  readonly parallel: number;
}

/** `trackside import rasa SOURCE`: stores what is in a store of Rasa's, which is only read. */
export async function importRasa(url: string, options: ImportOptions): Promise<void> {
  const source = await openSource(url).catch((error: unknown) => {
    throw plain(error);
  });
  try {
    await importAll(source, options);
  } finally {
    await source[Symbol.asyncDispose]();
  }
}

/** What a source complains of, for the user. */
function plain(error: unknown): unknown {
  return error instanceof TracksideError ? new CommandError(`the source: ${error.message}`) : error;
}

async function importAll(source: Source, options: ImportOptions): Promise<void> {
  const odd = new Oddities();
  const progress: Progress = { conversations: 0, stored: 0, alreadyThere: 0, done: 0 };
  const hide = showProgress(progress, source.size, process.stderr);
  const start = performance.now();
  try {
    await withServer(options.address, ({ tracker }) =>
      each(source.conversations(), options, async (stored) => {
        const conversation = sift(stored, source.name, odd);
        if (conversation) await importOne(tracker, conversation, progress, odd);
        progress.done += stored.share;
      }),
    );
  } catch (error) {
    throw stopped(plain(told(error, options.address)), progress);
  } finally {
    hide();
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(options.json ? jsonOf(source, progress, odd) : textOf(source, progress, odd, seconds));
  if (odd.lost > 0) throw new CommandError(`${odd.lost} of these left out or refused`);
}

/** A conversation that the server doesn't take is noted, and does not keep others from coming. */
async function importOne(
  tracker: TrackerClient,
  conversation: DumpedConversation,
  progress: Progress,
  odd: Oddities,
): Promise<void> {
  try {
    await deliver(tracker, conversation, progress, { alone: true });
    progress.conversations++;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    odd.add('refused', error.message);
  }
}

function textOf(source: Source, progress: Progress, odd: Oddities, seconds: number): string {
  return `${source.name}: ${summarise(progress, seconds)}\n${odd.text()}`.trimEnd();
}

function jsonOf({ name }: Source, { conversations, stored, alreadyThere }: Progress, odd: Oddities): string {
  const counts = { conversations, stored, already_there: alreadyThere, left_out: odd.lost };
  return JSON.stringify({ source: name, ...counts, odd });
}
