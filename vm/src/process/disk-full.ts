// What a full disk looks like to whoever writes: to SQLite, and to the file system.

const SQLITE_FULL = 13;
const SYSTEM = new Set(['ENOSPC', 'EDQUOT']);

export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('errcode' in error && error.errcode === SQLITE_FULL) return true;
  return 'code' in error && SYSTEM.has(String(error.code));
}
