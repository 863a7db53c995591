const NAME_CHARS = 100;

/** A file's name that every system can write. */
export const plainName = (name: string): string =>
  name
    .replace(/[^\p{L}\p{N} ._()-]/gu, '_')
    .replace(/^\.+/, '_')
    .slice(0, NAME_CHARS);
