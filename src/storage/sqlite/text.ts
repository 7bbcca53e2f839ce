/** How a column holds a text: the driver cuts a string at a NUL character, but not bytes. */
export type Column = string | Uint8Array;

export function toColumn(text: string): Column {
  return text.includes('\0') ? Buffer.from(text) : text;
}

export function fromColumn(value: Column): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString();
}
