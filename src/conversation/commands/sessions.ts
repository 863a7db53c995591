import { findNearest } from '../../input/nearest-name.ts';
import { texts } from '../../texts/index.ts';
import { sendNotice } from '../outbox/replies.ts';
import { SESSIONS_SHOWN } from '../policy/projects.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Message, Project, Session } from '../state/rows.ts';
import { activeProjectOf, findOpenTurn, type State, withProject } from '../state/state.ts';
import { withSession } from '../turn/sessions.ts';
import { pickByNumber } from './pick.ts';

// /new, /sessions and the relay's part of /undo. None of them asks the agent; a running turn keeps its session.

const said = texts.projects;

/**
 * Moves the project to another session. What an older turn then reports about its session no longer counts for the
 * project.
 */
export const startOver = (state: State, project: Project, sessionId: string | null): State =>
  withProject(state, { ...withSession(project, sessionId), generation: project.generation + 1 });

const touchSession = (state: State, id: string, now: number): State => ({
  ...state,
  sessions: state.sessions.map((s) => (s.id === id ? { ...s, usedAt: now } : s)),
});

const isRunningIn = (state: State, { id }: Project): boolean => findOpenTurn(state)?.project === id;
const waitingIn = (state: State, { id }: Project): number =>
  state.messages.filter((m) => m.state === 'waiting' && m.project === id).length;

export function onNew(state: State, ctx: Context): Decision {
  const project = activeProjectOf(state);
  const text = said.fresh(project.label, isRunningIn(state, project), waitingIn(state, project));
  return noEffects(sendNotice(startOver(state, project, null), text, ctx));
}

/** Reads `from N` after /sessions. */
const listedFrom = (rest: string): number | null => {
  if (rest === '') return 1;
  const number = /^from (\d{1,3})$/i.exec(rest)?.[1];
  return number === undefined ? null : Math.max(1, Number(number));
};

/**
 * The sessions to load for these words after /sessions. One more than the list shows tells whether there are older
 * ones.
 */
export function readOfSessions(rest: string): Read {
  const number = /^\d{1,3}$/.test(rest) ? Number(rest) : 0;
  return { rows: 'sessions', most: Math.max(number, (listedFrom(rest) ?? 1) + SESSIONS_SHOWN) };
}

/** The sessions of the active project, newest first. */
const sessionsOf = (state: State, { id }: Project): Session[] =>
  state.sessions.filter((s) => s.project === id).sort((a, b) => b.usedAt - a.usedAt || (a.id < b.id ? -1 : 1));

export function onSessions(state: State, rest: string, ctx: Context): Decision {
  const project = activeProjectOf(state);
  requireRead(state, readOfSessions(rest));
  const sessions = sessionsOf(state, project);
  if (sessions.length === 0) return noEffects(sendNotice(state, said.noSessions(project.label), ctx));
  const first = listedFrom(rest);
  if (first !== null && first <= sessions.length) {
    const shown = sessions.slice(first - 1, first - 1 + SESSIONS_SHOWN);
    const listed = shown.map(({ id, title, usedAt }) => {
      return { title, ageMs: ctx.now - usedAt, isPresent: id === project.sessionId };
    });
    const isMore = sessions.length >= first + SESSIONS_SHOWN;
    return noEffects(sendNotice(state, said.sessions(project.label, listed, first, isMore), ctx));
  }
  const session = pickByNumber(sessions, rest);
  if (!session) return noEffects(sendNotice(state, noSuchSession(sessions, rest), ctx));
  if (session.id === project.sessionId) return noEffects(sendNotice(state, said.presentSession, ctx));
  const text = said.wentBack(session.title, isRunningIn(state, project), waitingIn(state, project));
  return noEffects(sendNotice(touchSession(startOver(state, project, session.id), session.id, ctx.now), text, ctx));
}

function noSuchSession(sessions: readonly Session[], typed: string): string {
  const title = findNearest(
    typed,
    sessions.map((s) => s.title),
  );
  const at = sessions.findIndex((s) => s.title !== '' && s.title === title);
  return at < 0 ? said.unknownSession(sessions.length) : said.sessionMeant(at + 1, title ?? '');
}

export type Undo = { refusal: string } | { uuid: string; state: State };

export const readsOfUndo = (): Read[] => [{ rows: 'messages-in-session' }];

/**
 * The message before which /undo (`by`) resumes, and the state without it: the newest answered message of the session.
 * Texts of one prompt are undone together. Each further /undo goes one step further back.
 */
export function planUndo(state: State, by: Message | null): Undo {
  const isBusy = findOpenTurn(state) !== null || state.messages.some((m) => m.state === 'waiting' && m.seq !== by?.seq);
  if (isBusy) return { refusal: said.undoBusy };
  const { id, sessionId } = activeProjectOf(state);
  requireRead(state, { rows: 'messages-in-session' });
  const held = state.messages.filter((m) => m.session !== null && m.session === sessionId && m.project === id);
  const last = held.filter(isUndoable).at(-1);
  if (!last) return { refusal: said.nothingToUndo };
  const isGone = (m: Message): boolean =>
    held.includes(m) && (m.seq >= last.seq || (m.turn === last.turn && !m.steered && !last.steered));
  const messages = state.messages.map((m) => (isGone(m) ? { ...m, session: null } : m));
  return { uuid: last.uuid, state: { ...state, messages } };
}

export function explainUndoRefusal(state: State): string {
  const plan = planUndo(state, null);
  return 'refusal' in plan ? plan.refusal : said.nothingToUndo;
}

/** /context only looks at the conversation and /compact shortens it, so neither is a step to undo. */
const isUndoable = ({ text }: Message): boolean => !/^\/(?:compact|context)\b/i.test(text);
