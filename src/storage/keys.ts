import type { KeyPage, KeyQuery } from './ports/keyed.js';

/** How much a page looks at: the sum, over its keys, of key length × pattern length. */
const maxWork = 4_000_000;

/** A pattern of keys: `*` stands for any characters, also none, `?` for one, `\` takes the next as it is. */
export interface KeyPattern {
  /** What every key that matches begins with. */
  readonly prefix: string;
  matches(key: string): boolean;
}

type Token = string | typeof any | typeof many;
const any = Symbol('?');
const many = Symbol('*');

/** Reads a pattern; an empty one matches every key. */
export function keyPattern(pattern: string): KeyPattern {
  const tokens = tokensOf(pattern === '' ? '*' : pattern);
  const literal = tokens.findIndex((token) => typeof token !== 'string');
  const prefix = tokens.slice(0, literal < 0 ? tokens.length : literal).join('');
  return { prefix, matches: (key) => matches(tokens, [...key]) };
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  let isEscaped = false;
  for (const character of pattern) {
    if (isEscaped) tokens.push(character);
    else if (character === '*') tokens.push(many);
    else if (character === '?') tokens.push(any);
    else if (character !== '\\') tokens.push(character);
    isEscaped = !isEscaped && character === '\\';
  }
  return tokens;
}

/** Goes back to the last `*` only, so that the time is at most the product of the lengths. */
function matches(tokens: readonly Token[], characters: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < characters.length) {
    if (tokens[token] === many) {
      star = token++;
      starAt = at;
    } else if (token < tokens.length && (tokens[token] === any || tokens[token] === characters[at])) {
      token += 1;
      at += 1;
    } else if (star >= 0) {
      token = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (tokens[token] === many) token += 1;
  return token === tokens.length;
}

/** Takes a page from keys that ascend by bytes, the first behind `after`. Its work is bounded whatever the pattern. */
export function pageOf(keys: Iterable<string>, { pattern, limit }: KeyQuery): KeyPage {
  const { prefix, matches: isMatch } = keyPattern(pattern);
  const found: string[] = [];
  let work = 0;
  for (const key of keys) {
    if (!key.startsWith(prefix)) break;
    if (isMatch(key)) found.push(key);
    work += key.length * (pattern.length + 1);
    if (found.length === limit || work > maxWork) return { keys: found, next: key };
  }
  return { keys: found, next: undefined };
}

/** The later of two keys, by their bytes. */
export function laterKey(a: string, b: string): string {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0 ? b : a;
}
