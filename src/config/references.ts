/** The environment, or what stands for it. */
export type Env = Readonly<Record<string, string | undefined>>;

const reference = /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::-([^}]*))?\}|(\{))/g;

/**
 * Replaces `$VAR`, `${VAR}` and `${VAR:-default}` (the default also where the variable is empty); `$$` is a
 * dollar sign. What is wrong is handed to `report`, without any variable's value.
 */
export function resolveReferences(text: string, env: Env, report: (problem: string) => void): string {
  return text.replace(reference, (whole, plain, braced, fallback: string | undefined, open) => {
    if (whole === '$$') return '$';
    if (open !== undefined) {
      report(`has a reference that is not written as \${VAR} or \${VAR:-default}; $$ is a dollar sign`);
      return '';
    }
    const name: string = plain ?? braced;
    const value = env[name];
    if (fallback !== undefined) return value || fallback;
    if (value === undefined) report(`refers to the environment variable ${name}, which is not set`);
    return value ?? '';
  });
}
