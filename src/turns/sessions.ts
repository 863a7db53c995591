import type { Context } from './event.ts';
import { projectOf, type State, type Turn, withProject } from './state.ts';

// What the machine tells of a project's session while a turn runs. The newest counts, unless the person has started
// afresh or gone back since the turn began.

export function noteSession(state: State, turn: Turn, sessionId: string | null, ctx: Context): State {
  const project = projectOf(state, turn.project);
  if (project.generation !== turn.generation || project.sessionId === sessionId) return state;
  const noted = withProject(state, { ...project, sessionId, usedAt: ctx.now });
  if (sessionId === null || state.sessions.some((s) => s.id === sessionId)) return noted;
  const title =
    state.messages
      .find((m) => m.turn === turn.id)
      ?.text.replace(/\s+/g, ' ')
      .trim()
      .slice(0, 60) ?? '';
  const session = { id: sessionId, project: project.id, title, startedAt: ctx.now, usedAt: ctx.now };
  return { ...noted, sessions: [...noted.sessions, session] };
}
