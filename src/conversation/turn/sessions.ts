import { commandTextOf } from '../../input/machine-command.ts';
import { excerpt } from '../../texts/phrasing.ts';
import type { Context } from '../state/events.ts';
import { ownWordsOf } from '../state/quote-block.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Project, Turn } from '../state/rows.ts';
import { scheduleOfRun } from '../state/schedules.ts';
import { projectOf, type State, withProject, withTurn } from '../state/state.ts';

// Applies the machine's reports about a turn's session. The turn goes on with the newest session, and so does its
// project, unless the person has started afresh or gone back since the turn began.

const TITLE_MAX = 60;

/** The generation of a turn whose session isn't its project's. */
export const ISOLATED = -1;

/** The project with another session or none. Counts about the session before start again. */
export const withSession = (project: Project, sessionId: string | null): Project => ({
  ...project,
  sessionId,
  contextPercent: null,
  messagesSince: 0,
  hinted: false,
});

/** The turn's project if it is still in the turn's session, else null. */
export function projectInStepOf(state: State, turn: Turn): Project | null {
  const project = projectOf(state, turn.project);
  return project.generation === turn.generation ? project : null;
}

export const readsOfSession = (id: string): Read[] => [{ rows: 'session', id }];

export function noteSession(state: State, turn: Turn, sessionId: string | null, ctx: Context): State {
  if (turn.sessionId === sessionId) return state;
  const noted = withTurn(state, { ...turn, sessionId });
  const project = projectInStepOf(noted, turn);
  const begins = project && (sessionId === null || project.sessionId === null);
  const next = begins ? withSession(project, sessionId) : project && { ...project, sessionId };
  return listSession(next ? withProject(noted, { ...next, usedAt: ctx.now }) : noted, turn, sessionId, ctx);
}

/** Adds the row that /sessions lists. A known session keeps its title. */
function listSession(state: State, turn: Turn, id: string | null, ctx: Context): State {
  if (id === null || turn.generation === ISOLATED) return state;
  requireRead(state, { rows: 'session', id });
  if (state.sessions.some((s) => s.id === id)) return state;
  const first = state.messages.find((m) => m.turn === turn.id);
  const task = first?.run ? scheduleOfRun(state, first.run)?.prompt : undefined;
  const title = first ? excerpt(commandTextOf({ ...first, text: task ?? ownWordsOf(first.text) }), TITLE_MAX) : '';
  const session = { id, project: turn.project, title, startedAt: ctx.now, usedAt: ctx.now };
  return { ...state, sessions: [...state.sessions, session] };
}
