import type { ConnectWay } from '../policy/connections.ts';

// Accounts at git hosts, and the repositories of projects, as stored.

/** app: the operator's GitHub App · device: the device flow · token: the person's own token, from the form. */
export const CONNECTION_KINDS = ['app', 'device', 'token'] as const;
export type ConnectionKind = (typeof CONNECTION_KINDS)[number];

/** A person's account at a git host; one for each host. */
export type Connection = {
  host: string;
  kind: ConnectionKind;
  /** refused: the host no longer takes the credential. */
  state: 'good' | 'refused';
  login: string;
  /** For commits. */
  name: string | null;
  email: string | null;
  /** The credential (links/sealed-secret.ts). Never shown. */
  sealed: string;
  /** When the credential ends; null: the host doesn't say, or Roost renews it. */
  expiresAt: number | null;
  connectedAt: number;
  usedAt: number | null;
};

/** The repository of a project. `path`: `owner/name`. `id`: the host's, which a rename doesn't change. */
export type Repository = {
  host: string;
  path: string;
  id: string | null;
  defaultBranch: string | null;
  isPrivate: boolean | null;
  sizeKb: number | null;
};

/** An account that was found, and is the person's once they text its code. */
export type FoundAccount = Omit<Connection, 'host' | 'state' | 'connectedAt' | 'usedAt'> & { code: string };

/**
 * An account that is being connected. pin: the person has to text their PIN first · link: the person has a link to our page · away: they are at the host, and come
 * back to our page · polling: the device flow waits for them at the host · found: they have to text the code.
 */
export type Connecting = {
  /** Names the link, the return from the host, and the timer. */
  id: string;
  host: string;
  way: ConnectWay;
  step: 'pin' | 'link' | 'away' | 'polling' | 'found';
  at: number;
  expiresAt: number;
  /** The device flow's code, sealed, and how often to ask. */
  device: { sealed: string; intervalMs: number } | null;
  found: FoundAccount | null;
  /** Wrong codes and refused tokens. */
  tries: number;
  /** The text after /project that goes on once the account is connected. */
  pending: string | null;
};
