/** The tag of Lua in TypeScript: a backslash is Lua's. */
export const lua = String.raw;

/** The first line of a script that also runs where the server has no room: what it does makes room, or leads to it. */
export const runsWithoutRoom = '#!lua flags=allow-oom';
