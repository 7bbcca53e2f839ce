/** An event as Rasa stored it. */
export interface StoredEvent {
  /** Where it is in the source, for people. */
  readonly place: string;
  /** Its JSON, as it stands there. */
  readonly text: string;
}

/** A conversation as Rasa stored it. */
export interface StoredConversation {
  readonly id: string;
  /** In the order in which they were stored. */
  readonly events: readonly StoredEvent[];
  /** What it takes in memory, about. */
  readonly bytes: number;
  /** How much of the source's size it is. */
  readonly share: number;
  /** Why there are no events to be had of it. */
  readonly fault?: string;
  /** Whether Rasa's store removes it after a while. */
  readonly expires?: true;
}

/** A store in a layout of Rasa's, which is only read, a conversation at a time. */
export interface Source extends AsyncDisposable {
  /** What it is, for people; without secrets. */
  readonly name: string;
  /** About how much there is, in units of its own. */
  readonly size: number;
  /** Every conversation there is at the beginning; one can come twice where the store changes meanwhile. */
  conversations(): AsyncIterable<StoredConversation>;
}
