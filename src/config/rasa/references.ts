import type { Dialect } from '../file.js';
import type { Env } from '../references.js';

/**
 * How Rasa reads YAML: a value without quotes that has a `${VAR}` gets all its `${VAR}` and `$VAR` replaced, and is
 * a text then; any other keeps its dollar signs. A variable that isn't set is a problem.
 */
export function references(env: Env): Dialect {
  return {
    merge: true,
    customTags: [
      {
        tag: '!env_var',
        default: true,
        test: /^.*\$\{.*\}.*$/,
        resolve: (text: string, onError: (problem: string) => void) =>
          text.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (_, plain?: string, braced?: string) => {
            const name = plain ?? braced ?? '';
            if (env[name] === undefined) {
              onError(`refers to the environment variable ${name}, which is not set`);
            }
            return env[name] ?? '';
          }),
      },
    ],
  };
}
