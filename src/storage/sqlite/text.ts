/** A text as a column holds it: the driver cuts a string at a NUL character, but not bytes. */
export function toColumn(text: string): string | Uint8Array {
  return text.includes('\0') ? Buffer.from(text) : text;
}

export function fromColumn(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString();
}
