import { styleText } from 'node:util';

/** How parts of a line are made to stand out. */
export type Style = 'dim' | 'bold' | 'green' | 'cyan' | 'red';

/** Styles a text for a terminal, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours on a terminal, unless NO_COLOR is set; plain text otherwise. */
export function paintFor(stream: { readonly isTTY?: boolean }, env = process.env): Paint {
  const coloured = stream.isTTY === true && !env.NO_COLOR;
  return coloured ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}

/**
 * A text on one line, with what could steer a terminal or turn the reading direction written as escapes: what a
 * conversation holds was written by strangers.
 */
export function harmless(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (c) => escapes[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const longest = 200;

/** A text cut where it is too long for a line. */
export function shortened(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
