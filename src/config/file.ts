import { readFileSync } from 'node:fs';
import type { DocumentOptions, ParseOptions, SchemaOptions } from 'yaml';

/** How a file differs from plain YAML. */
export type Dialect = ParseOptions & DocumentOptions & SchemaOptions;

/**
 * Reads a YAML file. What is wrong with it comes back as problems with their lines, without quoting the file:
 * it may hold passwords.
 */
export async function readYaml(
  path: string,
  dialect: Dialect = {},
): Promise<{ content: unknown } | { problems: readonly string[] }> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { problems: [`${path}: can't be read: ${(error as NodeJS.ErrnoException).code}`] };
  }
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { ...dialect, lineCounter: lines, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => {
    const { line, col } = lines.linePos(pos[0]);
    return `${path}:${line}:${col}: ${unquoted(message)}`;
  });
  if (problems.length > 0) return { problems };
  try {
    return { content: document.toJS() };
  } catch (error) {
    return { problems: [`${path}: ${unquoted((error as Error).message)}`] };
  }
}

/** A parser's message without the piece of the file that it quotes at its end. */
function unquoted(message: string): string {
  return message.split(': ')[0]!;
}
