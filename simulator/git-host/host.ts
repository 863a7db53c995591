import type { GitHostFaults } from './faults.ts';
import type { Git } from './git/git.ts';
import type { GitHostStore } from './store.ts';
import type { Webhooks } from './webhooks/webhooks.ts';

// The state that every part of the stand-in shares, and the options of a server.

export const GITHUB = 'github.com';

export type GitHostOptions = {
  /** 0 takes any free port. */
  port: number;
  /** Keeps accounts and repositories; survives a restart. */
  folder: string;
  /** Also answers on this unix socket, where the Host header says which host is meant. */
  socket?: string;
  /** Milliseconds since 1970; tests move it. */
  now?: () => number;
  /** Checks of a pull request pass after this time. Without it a person or a test ends them. */
  checksPassAfterMs?: number;
  /** Seconds that a device has to wait between two requests for its token. */
  deviceIntervalS?: number;
  log?: (line: string) => void;
};

export type GitHost = {
  options: GitHostOptions;
  store: GitHostStore;
  git: Git;
  faults: GitHostFaults;
  webhooks: Webhooks;
  /** The address of this server, without a slash at its end. */
  url: string;
  now(): number;
  log(line: string): void;
  /** Does the work after this time, unless the server has stopped. */
  later(ms: number, work: () => Promise<void> | void): void;
};

/** The address of a page or of git for a host. */
export const siteUrl = ({ url }: GitHost, host: string, path = ''): string => `${url}/${host}${path}`;
export const apiUrl = ({ url }: GitHost, path = ''): string => `${url}/api${path}`;
/** Prints a moment as GitHub does: in UTC, to the second. */
export const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));
