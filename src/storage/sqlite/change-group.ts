import type { Group } from '../group.js';
import type { Micros } from '../ports/common.js';
import type { Change, ChangeName, ChangeOperations } from './changes.js';
import { type Database, prepareAll } from './connection.js';
import { translated } from './errors.js';
import { groupOf } from './group.js';
import { type Watched, Watchers } from './watchers.js';
import type { Writer } from './writer.js';

type Given<Name extends ChangeName> =
  Parameters<ChangeOperations[Name]> extends [Micros, ...infer Rest] ? Rest : never;
type Result<Name extends ChangeName> = ReturnType<ChangeOperations[Name]>;

const sql = {
  isLate: `SELECT EXISTS (SELECT 1 FROM tickets WHERE lease_end <= ?1)
    OR EXISTS (SELECT 1 FROM claims WHERE over = 0 AND time <= ?1)
    OR EXISTS (SELECT 1 FROM places WHERE state = 2 AND ready_time <= ?1) AS late`,
} as const;

/** What a change takes beside the values in it. */
const overhead = 256;

/**
 * Has the write thread change locks and queues, in the order of the calls, what comes together in one commit; tells
 * what happened by that before the calls are answered.
 */
export class ChangeGroup {
  readonly #group: Group<Change, unknown>;
  readonly #statements;
  readonly locks = new Watchers<Watched['lock']>();
  readonly queues = new Watchers<Watched['queue']>();

  constructor(reader: Database, writer: Writer) {
    this.#statements = prepareAll(reader, sql);
    this.#group = groupOf(async (changes) => {
      const { outcomes, noticed } = await writer.request('change', changes);
      this.locks.tell(noticed?.lock ?? []);
      this.queues.tell(noticed?.queue ?? []);
      return outcomes;
    });
  }

  /** Has one change made, with values of so many bytes. */
  async change<Name extends ChangeName>(
    name: Name,
    now: Micros,
    given: Given<Name>,
    valueBytes = 0,
  ): Promise<Result<Name>> {
    const outcome = await this.#group.writeOne({ name, now, given }, overhead + valueBytes);
    return outcome as Result<Name>;
  }

  /** Has changes of one kind made, in one commit. */
  async changeAll<Name extends ChangeName>(
    name: Name,
    now: Micros,
    given: readonly Given<Name>[],
    valueBytes = 0,
  ): Promise<readonly Result<Name>[]> {
    const changes = given.map((one) => ({ name, now, given: one }));
    const outcomes = await this.#group.write(changes, changes.length * overhead + valueBytes);
    return outcomes as readonly Result<Name>[];
  }

  /** Reads when what has run out by `now` is ended. */
  async read<Read>(now: Micros, read: () => Read): Promise<Read> {
    const isLate = translated(() => this.#statements.isLate.get(now).late === 1);
    if (isLate) await this.change('catchUp', now, []);
    return translated(read);
  }
}
