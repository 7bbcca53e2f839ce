import { fileURLToPath } from 'node:url';

/** The repository's folder, seen from the compiled tests. */
export const root = fileURLToPath(new URL('../../', import.meta.url));
