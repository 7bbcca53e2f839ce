import { flagName, type Kind, paths, settingOf } from './settings.js';

/** An option of `serve`, as commander takes it. */
export interface FlagOption {
  readonly flags: string;
  readonly description: string;
}

const placeholders: Readonly<Record<Kind['type'], string>> = {
  addresses: ' <addresses>',
  boolean: '',
  bytes: ' <bytes>',
  choice: ' <choice>',
  count: ' <number>',
  duration: ' <duration>',
  path: ' <path>',
  store: ' <url>',
};

/**
 * The options of `serve`: every setting that has a flag, then those that are no settings. `loadConfig` takes
 * what commander makes of them.
 */
export const serveOptions: readonly FlagOption[] = [
  { flags: '--config <path>', description: 'a YAML file of settings (TRACKSIDE_CONFIG)' },
  ...paths.flatMap((path) => {
    const flag = flagName(path);
    const { kind, description } = settingOf(path);
    return flag === undefined
      ? []
      : [{ flags: `--${flag}${placeholders[kind.type]}`, description: plain(description) }];
  }),
  { flags: '--print-config', description: 'print the settings with the origin of each, and exit' },
  { flags: '--print-schema', description: "print the file's JSON Schema, and exit" },
];

/** A description without its markup, as a clause. */
function plain(description: string): string {
  const text = description.replaceAll('`', '').replace(/\.$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}
