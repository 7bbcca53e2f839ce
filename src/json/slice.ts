/**
 * Cuts parts out of JSON text to the letter: nothing is parsed and written anew, so that 1.0 stays 1.0. The
 * text has to be valid JSON (see check.ts); of anything else the result means nothing. Linear in the text.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * The source text of an object's member, without the space around it. The last one counts where a name is
 * repeated, as in JSON.parse. Undefined where there is none, or the text isn't an object.
 */
export function member(text: string, name: string): string | undefined {
  const found = find(text, name);
  return found && text.slice(found.start, found.end);
}

/** The object with `value` as the source text of a member: in place of the present one, or behind the others. */
export function withMember(text: string, name: string, value: string): string {
  const found = find(text, name);
  if (found) return text.slice(0, found.start) + value + text.slice(found.end);
  const inside = text.trim().slice(1, -1).trim();
  return `{${inside}${inside && ','}${JSON.stringify(name)}:${value}}`;
}

/** The source texts of an array's elements, without the space around them; none where the text isn't an array. */
export function elements(text: string): string[] {
  const found: string[] = [];
  let i = skipSpace(text, 0);
  if (text.charCodeAt(i) !== BRACKET) return found;
  i = skipSpace(text, i + 1);
  while (i < text.length && text.charCodeAt(i) !== CLOSING_BRACKET) {
    const end = valueEnd(text, i);
    found.push(text.slice(i, end));
    i = skipComma(text, end);
  }
  return found;
}

/** Where the string ends whose opening quote is at `i`: behind its closing quote. */
export function stringEnd(text: string, i: number): number {
  let quote = text.indexOf('"', i + 1);
  while (quote >= 0 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote < 0 ? text.length : quote + 1;
}

/** Whether an odd number of backslashes is before the quote. */
function isEscaped(text: string, quote: number): boolean {
  let i = quote - 1;
  while (text.charCodeAt(i) === BACKSLASH) i--;
  return (quote - i) % 2 === 0;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function find(text: string, name: string): Span | undefined {
  let found: Span | undefined;
  let i = skipSpace(text, 0);
  if (text.charCodeAt(i) !== BRACE) return undefined;
  i = skipSpace(text, i + 1);
  while (text.charCodeAt(i) === QUOTE) {
    const keyEnd = stringEnd(text, i);
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = valueEnd(text, start);
    if (spells(text, i, keyEnd, name)) found = { start, end };
    i = skipComma(text, end);
  }
  return found;
}

/** Whether the string from quote to quote stands for `name`. With escapes it is longer than what it stands for. */
function spells(text: string, start: number, end: number, name: string): boolean {
  const length = end - start - 2;
  if (length === name.length) return text.startsWith(name, start + 1) && !name.includes('\\');
  if (length < name.length) return false;
  const key = text.slice(start, end);
  return key.includes('\\') && JSON.parse(key) === name;
}

function valueEnd(text: string, i: number): number {
  const first = text.charCodeAt(i);
  if (first === QUOTE) return stringEnd(text, i);
  return first === BRACE || first === BRACKET ? containerEnd(text, i) : wordEnd(text, i);
}

function containerEnd(text: string, i: number): number {
  let depth = 0;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      i = stringEnd(text, i);
      continue;
    }
    i++;
    if (c === BRACE || c === BRACKET) depth++;
    else if ((c === CLOSING_BRACE || c === CLOSING_BRACKET) && --depth === 0) break;
  }
  return i;
}

/** The end of a number, true, false or null. */
function wordEnd(text: string, i: number): number {
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === COMMA || c === CLOSING_BRACKET || c === CLOSING_BRACE || isSpace(c)) break;
    i++;
  }
  return i;
}

/** From a value's end to the next value or key, or to the closing bracket or brace. */
function skipComma(text: string, i: number): number {
  const next = skipSpace(text, i);
  return text.charCodeAt(next) === COMMA ? skipSpace(text, next + 1) : next;
}

function skipSpace(text: string, i: number): number {
  while (isSpace(text.charCodeAt(i))) i++;
  return i;
}

function isSpace(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
}
