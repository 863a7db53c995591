import { posix } from 'node:path';

// Which files belong into a backup. Pure. The same rules hold for a restore, so that our own archives are always
// accepted and manipulated ones never are.

/** Git alone may have this many files; a folder with more is mostly a cache. */
export const ENTRIES_MAX = 100_000;
export const DEPTH_MAX = 64;
const PATH_BYTES_MAX = 2000;

/** Folders that a command can rebuild: packages, build caches, environments. */
const REBUILDABLE = new Set(
  `node_modules bower_components __pycache__ .venv venv .tox .nox .mypy_cache .pytest_cache .ruff_cache .cache .npm .pnpm-store
   .next .nuxt .svelte-kit .turbo .parcel-cache .gradle .terraform`.split(/\s+/),
);
/** A file that marks its folder as a cache (https://bford.info/cachedir/). */
export const CACHE_TAG = 'CACHEDIR.TAG';

/** Whether a path of the project is not copied. Everything inside `.git` is. */
export function isLeftOut(path: string, isFolder: boolean): boolean {
  const parts = path.split('/');
  if (parts.slice(0, -1).includes('.git')) return false;
  const name = parts.at(-1) ?? '';
  // Secrets stay where the person put them.
  if (/^\.env/.test(name)) return true;
  return isFolder && REBUILDABLE.has(name);
}

/**
 * Whether the link's target is inside the folder, even if other links are on the way: `..` is allowed only at the
 * beginning, where every step is a real folder, and never above the top.
 */
export function staysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const ups = parts.findIndex((part) => part !== '..');
  const climbs = ups === -1 ? parts.length : ups;
  if (parts.slice(climbs).includes('..')) return false;
  return climbs <= path.split('/').length - 1;
}

/** The path if it is safe to write below a folder, else null. */
export function toSafePath(name: string): string | null {
  const path = name.endsWith('/') ? name.slice(0, -1) : name;
  if (path === '' || path.startsWith('/') || /[\0\ufffd]/.test(path) || Buffer.byteLength(path) > PATH_BYTES_MAX)
    return null;
  const parts = path.split('/');
  if (parts.length > DEPTH_MAX || parts.some((part) => part === '' || part === '.' || part === '..')) return null;
  return posix.normalize(path) === path ? path : null;
}

/**
 * The person's own files outside projects: instructions, settings, skills and the agent's memories. An allowlist,
 * because credentials and histories lie beside them. Paths are relative to the conversation's folder.
 */
const PERSONAL = [
  /^projects\/CLAUDE\.md$/,
  /^claude\/(CLAUDE\.md|settings\.json)$/,
  /^claude\/(skills|commands|agents|rules|output-styles|memory|agent-memory)\/./,
  /^claude\/projects\/[^/]+\/memory\/./,
];
export const isPersonal = (path: string): boolean => PERSONAL.some((rule) => rule.test(path));
/** Whether the folder may contain personal files. */
export const leadsToPersonal = (path: string): boolean =>
  /^(claude|claude\/projects(\/[^/]+(\/memory)?)?|projects)$/.test(path) || isPersonal(`${path}/x`);
