import { stringEnd as closingQuote } from './slice.js';

/**
 * Says what is wrong with a text that has to be exactly one JSON object (RFC 8259), nested at most `maxDepth`
 * levels deep, counting itself; undefined where nothing is. Never quotes more of the text than one character.
 *
 * A pass of our own, not JSON.parse: it builds nothing, knows the depth on the way, and needs no stack.
 */
export function checkObject(text: string, maxDepth: number): string | undefined {
  const stop = scan(text, maxDepth);
  if (stop === VALID && text.charCodeAt(skipSpace(text, 0)) === BRACE) return undefined;
  return explain(text, maxDepth, 'a JSON object');
}

/** The same of a text that may be any JSON value; a scalar has no level. */
export function checkJson(text: string, maxDepth: number): string | undefined {
  return scan(text, maxDepth) === VALID ? undefined : explain(text, maxDepth, 'JSON');
}

const VALID = -1;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
/** From an opening bracket or brace to the closing one. */
const CLOSING = 2;

/** VALID, or where the text stops being JSON or gets too deep. */
function scan(text: string, maxDepth: number): number {
  const open: number[] = [];
  let depth = 0;
  let i = skipSpace(text, 0);
  for (;;) {
    if (depth > 0 && open[depth - 1] === BRACE) {
      i = memberValue(text, i);
      if (i < 0) return ~i;
    }
    const first = text.charCodeAt(i);
    if (first === BRACE || first === BRACKET) {
      if (depth === maxDepth) return i;
      open[depth++] = first;
      i = skipSpace(text, i + 1);
      if (text.charCodeAt(i) !== first + CLOSING) continue;
    } else {
      i = scalarEnd(text, i, first);
      if (i < 0) return ~i;
      i = skipSpace(text, i);
    }
    while (depth > 0 && text.charCodeAt(i) === open[depth - 1]! + CLOSING) {
      depth--;
      i = skipSpace(text, i + 1);
    }
    if (depth === 0) return i === text.length ? VALID : i;
    if (text.charCodeAt(i) !== COMMA) return i;
    i = skipSpace(text, i + 1);
  }
}

// The functions below answer where what begins at `i` ends, or, where it isn't what it has to be, ~position.

/** From a member's key to its value's first character. */
function memberValue(text: string, i: number): number {
  if (text.charCodeAt(i) !== QUOTE) return ~i;
  const end = stringEnd(text, i + 1);
  if (end < 0) return end;
  const colon = skipSpace(text, end);
  return text.charCodeAt(colon) === COLON ? skipSpace(text, colon + 1) : ~colon;
}

function scalarEnd(text: string, i: number, first: number): number {
  if (first === QUOTE) return stringEnd(text, i + 1);
  if (first === MINUS || isDigit(first)) return numberEnd(text, i, first);
  if (text.startsWith('true', i) || text.startsWith('null', i)) return i + 4;
  return text.startsWith('false', i) ? i + 5 : ~i;
}

const PLAIN = /[^"\\\u0000-\u001f]*/y;
/** Up to this length a loop is faster than entering the regular expression. */
const SHORT = 24;

/** `i` is behind the opening quote. */
function stringEnd(text: string, i: number): number {
  for (;;) {
    const stop = i + SHORT;
    let c = text.charCodeAt(i);
    while (c >= 0x20 && c !== QUOTE && c !== BACKSLASH && i < stop) c = text.charCodeAt(++i);
    if (c === QUOTE) return i + 1;
    if (c === BACKSLASH) {
      i = escapeEnd(text, i);
      if (i < 0) return i;
    } else if (c >= 0x20) {
      PLAIN.lastIndex = i;
      PLAIN.test(text);
      i = PLAIN.lastIndex;
    } else {
      return ~i;
    }
  }
}

function escapeEnd(text: string, i: number): number {
  switch (text.charCodeAt(i + 1)) {
    case 0x22: // "
    case 0x2f: // /
    case 0x5c: // \
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return i + 2;
    case 0x75: // u
      for (let digit = i + 2; digit < i + 6; digit++) if (!isHex(text.charCodeAt(digit))) return ~digit;
      return i + 6;
    default:
      return ~(i + 1);
  }
}

function numberEnd(text: string, i: number, first: number): number {
  let c = first === MINUS ? text.charCodeAt(++i) : first;
  if (!isDigit(c)) return ~i;
  i = c === ZERO ? i + 1 : digitsEnd(text, i);
  c = text.charCodeAt(i);
  if (c === DOT) {
    if (!isDigit(text.charCodeAt(++i))) return ~i;
    i = digitsEnd(text, i);
    c = text.charCodeAt(i);
  }
  if (c !== 0x65 && c !== 0x45) return i; // e E
  c = text.charCodeAt(++i);
  if (c === 0x2b || c === MINUS) c = text.charCodeAt(++i);
  return isDigit(c) ? digitsEnd(text, i) : ~i;
}

function digitsEnd(text: string, i: number): number {
  while (isDigit(text.charCodeAt(i))) i++;
  return i;
}

function skipSpace(text: string, i: number): number {
  for (;;) {
    const c = text.charCodeAt(i);
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return i;
    i++;
  }
}

function isDigit(c: number): boolean {
  return c >= ZERO && c <= 0x39;
}

function isHex(c: number): boolean {
  return isDigit(c) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66);
}

const NO_WORD = /-?(?:NaN|Infinity)/y;

/** The reason for a text that did not pass; grammar comes first, then the kind, then the depth. */
function explain(text: string, maxDepth: number, wanted: 'JSON' | 'a JSON object'): string {
  const stop = scan(text, Number.POSITIVE_INFINITY);
  if (stop !== VALID) return explainStop(text, stop, wanted);
  const kind = kindOf(text.charCodeAt(skipSpace(text, 0)));
  if (kind !== undefined && wanted === 'a JSON object') return `must be a JSON object, not ${kind}`;
  return `is nested ${depthOf(text)} levels deep; at most ${maxDepth} are allowed`;
}

function explainStop(text: string, stop: number, wanted: string): string {
  if (skipSpace(text, 0) === text.length) return `is empty; it must be ${wanted}`;
  if (stop === text.length) return `is not JSON: it ends too early, at position ${stop}`;
  NO_WORD.lastIndex = text.charCodeAt(stop - 1) === MINUS ? stop - 1 : stop;
  const word = NO_WORD.exec(text)?.[0];
  if (word !== undefined) return `contains ${word} at position ${stop}, which JSON has no word for`;
  const unexpected = String.fromCodePoint(text.codePointAt(stop)!);
  if (unexpected === '\ufeff') return `is not JSON: unexpected byte order mark at position ${stop}`;
  return `is not JSON: unexpected ${JSON.stringify(unexpected)} at position ${stop}`;
}

/** What a JSON text is, by its first character; undefined for an object. */
function kindOf(first: number): string | undefined {
  if (first === BRACE) return undefined;
  if (first === BRACKET) return 'an array';
  if (first === QUOTE) return 'a string';
  if (first === 0x6e) return 'null';
  return first === 0x74 || first === 0x66 ? 'a boolean' : 'a number';
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) i = closingQuote(text, i) - 1;
    else if (c === BRACE || c === BRACKET) deepest = Math.max(deepest, ++depth);
    else if (c === BRACE + CLOSING || c === BRACKET + CLOSING) depth--;
  }
  return deepest;
}
