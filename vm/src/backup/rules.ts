import { posix } from 'node:path';

// What belongs into the copy of a folder and what does not. Pure; the same rules hold when a copy comes back, so that an
// archive of ours is always taken and one that was tampered with never is.

/** Git alone may have this many; a real folder of more is mostly somebody's cache. */
export const ENTRIES_MAX = 100_000;
export const DEPTH_MAX = 64;
const PATH_BYTES_MAX = 2000;

/** Made again by a command: packages, build caches, environments. */
const REBUILDABLE = new Set(
  `node_modules bower_components __pycache__ .venv venv .tox .nox .mypy_cache .pytest_cache .ruff_cache .cache .npm .pnpm-store
   .next .nuxt .svelte-kit .turbo .parcel-cache .gradle .terraform`.split(/\s+/),
);
/** Says of a folder that it is a cache (https://bford.info/cachedir/). */
export const CACHE_TAG = 'CACHEDIR.TAG';

/** Why something of the project is not copied, or null when it is. Inside `.git` everything counts. */
export function isLeftOut(path: string, isFolder: boolean): boolean {
  const parts = path.split('/');
  if (parts.slice(0, -1).includes('.git')) return false;
  const name = parts.at(-1) ?? '';
  // Secrets stay where the person put them.
  if (/^\.env/.test(name)) return true;
  return isFolder && REBUILDABLE.has(name);
}

/**
 * The link leads to something inside the folder, whatever other links do: up only at its beginning, where every step is a
 * real folder, and never above the top.
 */
export function staysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const ups = parts.findIndex((part) => part !== '..');
  const climbs = ups === -1 ? parts.length : ups;
  if (parts.slice(climbs).includes('..')) return false;
  return climbs <= path.split('/').length - 1;
}

/** The path as it may be written below a folder, or null. */
export function toSafePath(name: string): string | null {
  const path = name.endsWith('/') ? name.slice(0, -1) : name;
  if (path === '' || path.startsWith('/') || /[\0\ufffd]/.test(path) || Buffer.byteLength(path) > PATH_BYTES_MAX)
    return null;
  const parts = path.split('/');
  if (parts.length > DEPTH_MAX || parts.some((part) => part === '' || part === '.' || part === '..')) return null;
  return posix.normalize(path) === path ? path : null;
}

/**
 * What belongs to the person and to no project: instructions, settings, skills and what the agent chose to remember. An
 * allowlist, because credentials and histories lie beside them. Paths from the conversation's folder.
 */
const PERSONAL = [
  /^projects\/CLAUDE\.md$/,
  /^claude\/(CLAUDE\.md|settings\.json)$/,
  /^claude\/(skills|commands|agents|rules|output-styles|memory|agent-memory)\/./,
  /^claude\/projects\/[^/]+\/memory\/./,
];
export const isPersonal = (path: string): boolean => PERSONAL.some((rule) => rule.test(path));
/** A folder in which there may be something personal. */
export const leadsToPersonal = (path: string): boolean =>
  /^(claude|claude\/projects(\/[^/]+(\/memory)?)?|projects)$/.test(path) || isPersonal(`${path}/x`);
