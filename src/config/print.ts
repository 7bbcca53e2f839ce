import { formatValue } from './format.js';
import type { Origin } from './load.js';
import { type Path, paths, type Setting, settingOf } from './settings.js';

/** The settings as a file that sets them again, except for secrets, each with its origin. */
export function printConfig(origins: Readonly<Record<Path, Origin>>): string {
  const lines: string[] = [];
  let open = '';
  for (const path of paths) {
    const [section, name] = path.split('.') as [string, string | undefined];
    const { value, origin } = origins[path];
    if (name !== undefined && section !== open) lines.push(`${section}:`);
    open = section;
    const key = name === undefined ? section : `  ${name}`;
    lines.push(`${key}: ${toYaml(settingOf(path), value)} # ${origin ?? 'default'}`);
  }
  return `${lines.join('\n')}\n`;
}

function toYaml(setting: Setting, value: unknown): string {
  if (value === undefined) return 'null';
  const text = formatValue(setting, value);
  const plain = typeof value === 'number' || typeof value === 'boolean' || setting.kind.type === 'choice';
  return plain ? text : JSON.stringify(text.replaceAll('$', '$$$$'));
}
