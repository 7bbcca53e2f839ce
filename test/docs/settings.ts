import { describeRange } from '#src/config/describe.js';
import { formatValue } from '#src/config/format.js';
import { envName, flagName, type Path, paths, settingOf } from '#src/config/settings.js';

/** The table of all settings but the limits. */
export function settingsTable(): string {
  const rows = paths
    .filter((path) => !isLimit(path))
    .map((path) => {
      const flag = flagName(path);
      return [
        `\`${path}\``,
        `\`${envName(path)}\``,
        flag === undefined ? '' : `\`--${flag}\``,
        byDefault(path),
        meaning(path),
      ];
    });
  return table(['key', 'variable', 'flag', 'default', 'meaning'], rows);
}

/** The table of the limits. */
export function limitsTable(): string {
  const rows = paths.filter(isLimit).map((path) => {
    const { kind, description } = settingOf(path);
    return [`\`${path}\``, byDefault(path), describeRange(kind)!, description];
  });
  return table(['key', 'default', 'settable', 'meaning'], rows);
}

function isLimit(path: Path): boolean {
  return path.startsWith('limits.');
}

function byDefault(path: Path): string {
  const setting = settingOf(path);
  return setting.default === undefined ? 'unset' : `\`${formatValue(setting, setting.default)}\``;
}

function meaning(path: Path): string {
  const { kind, description } = settingOf(path);
  const range = describeRange(kind);
  return range === undefined ? description : `${description} From ${range}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
