/** What a Rasa domain says about slots, as far as the derived state depends on it. */
export interface DomainSlots {
  /** The slots that exist, and their values at the beginning as JSON text. */
  readonly initialSlots: ReadonlyMap<string, string>;
  /** Those of type `list`. */
  readonly listSlots: ReadonlySet<string>;
}

/** A value as Rasa keeps it in a slot of type `list`: in a list, unless it is one, or is empty or false. */
export function listValue(source: string): string {
  const value: unknown = JSON.parse(source);
  const stays = typeof value === 'object' ? isEmptyOrList(value) : !value;
  return stays ? source : `[${source}]`;
}

function isEmptyOrList(value: object | null): boolean {
  return value === null || Array.isArray(value) || Object.keys(value).length === 0;
}
