// A copy of everything kept about the person, as stored in the conversation's row (privacy/export.ts).

/**
 * collect: its files are gathered in the bucket · pack: the archive is put together part by part · ready: until it
 * expires · over: to be deleted.
 */
export const EXPORT_STEPS = ['collect', 'pack', 'ready', 'over'] as const;
export type ExportStep = (typeof EXPORT_STEPS)[number];

export type Exporting = {
  /** Names its objects in the bucket, and is the ref of its timer. */
  id: string;
  at: number;
  step: ExportStep;
  /** Where `collect` continues; null at its beginning. */
  cursor: string | null;
  /** The upload under way, of `pack`. */
  upload: string | null;
  /** Bytes, once it is ready. */
  size: number | null;
  /** Calls in vain, one after the other. */
  tries: number;
  /** How often it began anew, because a file changed meanwhile. */
  restarts: number;
  expiresAt: number | null;
  /** The one link that works now, and whether the person has it; null once it was used. */
  link: { id: string; isSent: boolean } | null;
  /** False: an operator has it made, and the person hasn't asked for a link with /export. */
  wantsLink: boolean;
  /** Between which addresses the person asked, so the link comes there; null if they haven't. */
  asked: { from: string; to: string } | null;
};

/** The progress of the copy, for the operator's page. making: `size` and `until` are null · over: is being deleted. */
export type CopyState = {
  step: 'no-bucket' | 'none' | 'making' | 'ready' | 'over';
  size: number | null;
  until: number | null;
};

/**
 * more: `collect` continues at `cursor` · packing: everything is gathered · rest: enough for one alarm · packed: the
 * archive is complete · link: the link's address · later: a call failed · anew: a file has changed or gone · too-large
 * · gone: deleted.
 */
export type ExportOutcome =
  | { kind: 'more'; cursor: string }
  | { kind: 'packing'; upload: string }
  | { kind: 'rest' }
  | { kind: 'packed'; size: number }
  | { kind: 'link'; url: string }
  | { kind: 'later'; reason: string }
  | { kind: 'anew'; reason: string }
  | { kind: 'too-large' }
  | { kind: 'gone' };
