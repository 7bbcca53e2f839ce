import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../root.js';
import { reference } from './reference.js';
import { limitsTable, settingsTable } from './settings.js';

/** The files that are made, or have parts that are, from the sources: by their path, as they should be. */
export function generatedDocs(): ReadonlyMap<string, string> {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const parts = { settings: settingsTable(), limits: limitsTable() };
  return new Map([
    [
      'README.md',
      Object.entries(parts).reduce((text, [name, part]) => replacePart(text, name, part), readme),
    ],
    ['docs/reference.md', `${reference()}\n`],
  ]);
}

/** Puts a part between its markers, `<!-- NAME -->` and `<!-- /NAME -->`. */
function replacePart(text: string, name: string, part: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before, inside, ...more] = text.split(open);
  const after = inside?.split(close)[1];
  if (after === undefined || more.length > 0)
    throw new Error(`the README has no part between ${open} and ${close}`);
  return `${before}${open}\n${part}\n${close}${after}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of generatedDocs()) writeFileSync(join(root, path), text);
}
