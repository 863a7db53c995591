import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { newestEndsOf } from '../outbox/ends.ts';
import { enqueue } from '../outbox/replies.ts';
import {
  EXPORT_FOR_MS,
  EXPORT_REST_MS,
  EXPORT_RESTARTS_MAX,
  EXPORT_RETRY_MS,
  EXPORT_TRIES_MAX,
} from '../policy/privacy.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { CopyState, Exporting, ExportOutcome } from '../state/exporting.ts';
import { findTimer, type State, withoutTimer, withTimer } from '../state/state.ts';

// /export: a copy of everything kept about the person, made in the background and kept for a day. There is one at a
// time. Each link to it works once. An operator can have it made too; that gives nobody a link.

const said = texts.privacy;

/** Begins a copy, says that one is under way, or makes another link to the one that is ready. */
export function beginExport(state: State, ctx: Context): State {
  const { exporting } = state.conversation;
  const asked = newestEndsOf(state);
  if (ctx.policy.exports !== true) return enqueue(state, 'notice', [said.exportNone], ctx);
  const ready = readyCopy(state, ctx.now);
  if (ready !== null) return withExporting(state, { ...ready, asked, link: { id: ctx.id(), isSent: false } });
  if (exporting !== null && exporting.step !== 'over') {
    return enqueue(withExporting(state, { ...exporting, wantsLink: true, asked }), 'notice', [said.exportGoesOn], ctx);
  }
  if (exporting !== null) return enqueue(state, 'notice', [said.exportSoon], ctx);
  return startCopy(state, said.exportBegun, asked, ctx);
}

/** An operator's wish; `canMakeCopy` holds. The person is told, and gets no link: with a PIN set, /export asks for it. */
export const makeCopy = (state: State, ctx: Context): State => startCopy(state, texts.operated.copy, null, ctx);

export const canMakeCopy = ({ conversation }: State, policy: Pick<Context['policy'], 'exports'>): boolean =>
  policy.exports === true && conversation.exporting === null && conversation.forgetting === null;

/** The copy that can be had now; null if there is none. */
export function readyCopy({ conversation: { exporting, forgetting } }: State, now: number): Exporting | null {
  if (exporting?.step !== 'ready' || forgetting !== null) return null;
  return now < (exporting.expiresAt ?? 0) ? exporting : null;
}

export function copyState(state: State, { now, policy }: Pick<Context, 'now' | 'policy'>): CopyState {
  const { exporting } = state.conversation;
  const ready = readyCopy(state, now);
  if (ready !== null) return { step: 'ready', size: ready.size, until: ready.expiresAt };
  const isMade = exporting?.step === 'collect' || exporting?.step === 'pack';
  const step = exporting !== null ? (isMade ? 'making' : 'over') : policy.exports === true ? 'none' : 'no-bucket';
  return { step, size: null, until: null };
}

function startCopy(state: State, text: string, asked: Exporting['asked'], ctx: Context): State {
  const id = ctx.id();
  const begun: Exporting = {
    id,
    at: ctx.now,
    step: 'collect',
    cursor: null,
    upload: null,
    size: null,
    tries: 0,
    restarts: 0,
    expiresAt: null,
    link: null,
    wantsLink: asked !== null,
    asked,
  };
  return wakeAt(enqueue(withExporting(state, begun), 'notice', [text], ctx), ctx.now);
}

/** The link was used: no other call with it gets the copy. */
export function takeExport(state: State, link: string): State {
  const { exporting } = state.conversation;
  return exporting?.link?.id === link ? withExporting(state, { ...exporting, link: null }) : state;
}

export function onExportStep(state: State, id: string, outcome: ExportOutcome, ctx: Context): Decision {
  const { exporting } = state.conversation;
  if (exporting?.id !== id) return noEffects(state);
  const calm = { ...exporting, tries: 0 };
  switch (outcome.kind) {
    case 'more':
      return noEffects(withExporting(state, { ...calm, cursor: outcome.cursor }));
    case 'packing':
      return noEffects(withExporting(state, { ...calm, step: 'pack', cursor: null, upload: outcome.upload }));
    case 'rest':
      return noEffects(wakeAt(withExporting(state, calm), exporting.expiresAt ?? ctx.now + EXPORT_REST_MS));
    case 'packed': {
      const expiresAt = ctx.now + EXPORT_FOR_MS;
      const link = exporting.wantsLink ? { id: ctx.id(), isSent: false } : null;
      const ready = withExporting(state, { ...calm, step: 'ready', upload: null, size: outcome.size, expiresAt, link });
      const log = [{ level: 'info' as const, event: 'export-ready', size: outcome.size }];
      return { state: wakeAt(ready, expiresAt), effects: [], log };
    }
    case 'link': {
      if (exporting.link === null) return noEffects(state);
      const sent = withExporting(state, { ...calm, link: { ...exporting.link, isSent: true } });
      // Meanwhile the person may have texted on a channel that others can read.
      const ends = exporting.asked ?? newestEndsOf(state);
      return noEffects(enqueue(sent, 'notice', [said.exportReady(exporting.size ?? 0, outcome.url)], ctx, ends));
    }
    case 'later':
      return tryAgain(state, exporting, outcome.reason, ctx);
    case 'anew': {
      const restarts = exporting.restarts + 1;
      if (restarts > EXPORT_RESTARTS_MAX) return giveUp(state, exporting, said.exportFailed, outcome.reason, ctx);
      return noEffects(withExporting(state, { ...calm, step: 'collect', cursor: null, upload: null, restarts }));
    }
    case 'too-large':
      return giveUp(state, exporting, said.exportTooLarge, 'too large', ctx);
    case 'gone':
      return noEffects(withoutTimer(withExporting(state, null), 'export'));
  }
}

function tryAgain(state: State, exporting: Exporting, reason: string, ctx: Context): Decision {
  const tries = exporting.tries + 1;
  const isMaking = exporting.step === 'collect' || exporting.step === 'pack';
  if (isMaking && tries >= EXPORT_TRIES_MAX) return giveUp(state, exporting, said.exportFailed, reason, ctx);
  const log = [{ level: 'warn' as const, event: 'export-later', step: exporting.step, tried: tries, reason }];
  const dueAt = ctx.now + backoffOf(EXPORT_RETRY_MS, tries - 1);
  return { state: wakeAt(withExporting(state, { ...exporting, tries }), dueAt), effects: [], log };
}

function giveUp(state: State, exporting: Exporting, text: string, reason: string, ctx: Context): Decision {
  const over = withExporting(state, { ...exporting, step: 'over', tries: 0, link: null });
  const log = [{ level: 'error' as const, event: 'export-failed', reason }];
  return { state: wakeAt(enqueue(over, 'notice', [text], ctx), ctx.now), effects: [], log };
}

const withExporting = (state: State, exporting: Exporting | null): State => ({
  ...state,
  conversation: { ...state.conversation, exporting },
});

/** The timer stands until the copy is deleted: it wakes the object after a crash. */
function wakeAt(state: State, dueAt: number): State {
  const { exporting } = state.conversation;
  return exporting === null ? state : withTimer(state, { kind: 'export', ref: exporting.id, dueAt, attempts: 0 });
}

/** True if the export lane has a call to make now. */
export function wantsExport(state: State, now: number): boolean {
  const { exporting, forgetting } = state.conversation;
  if (exporting === null || forgetting !== null) return false;
  const isDue = (findTimer(state, 'export')?.dueAt ?? 0) <= now;
  return isDue || (exporting.step === 'ready' && exporting.link?.isSent === false && exporting.tries === 0);
}
