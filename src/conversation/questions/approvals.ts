import { permissionOf } from '../../git/permissions.ts';
import type { StartAttempt } from '../../protocol/index.ts';
import { PROGRAMS_DENIED_MS, PROGRAMS_KEPT } from '../../protocol/limits.ts';
import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { GRANTS_MAX } from '../policy/questions.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { grantsOf, withGrant } from '../state/grants.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Grant, Question } from '../state/rows.ts';
import type { State } from '../state/state.ts';

// Keeps the answers that outlive their turn: what a person allowed for good, and what they said about the programs that a
// project starts automatically. Lists and removes them (/approvals), and says which of them the machine is told.

const words = texts.questions;
/** The digest covers exactly what would start. The words after it name that. */
const PROGRAMS = /^Programs\(sha256:([0-9a-f]{64})(?:, .*)?\)$/s;

const digestIn = (rule: string | null): string | null => PROGRAMS.exec(rule ?? '')?.[1] ?? null;
export const isAboutPrograms = ({ rule }: Pick<Question, 'rule'>): boolean => digestIn(rule) !== null;

const labelOf = (state: State, project: string): string =>
  state.projects.find((p) => p.id === project)?.label ?? project;

export function allowForGood(state: State, question: Question, ctx: Context): State {
  const { rule, project, turn } = question;
  if (rule === null) return state;
  const told = enqueue(state, 'notice', [words.allowedForGood(rule, labelOf(state, project))], ctx, { turn });
  return withRow(told, question, 'allow', ctx);
}

/** How a question about programs was settled. Only a plain yes, a plain no and silence are kept. */
export type ProgramsAnswer = 'allow' | 'deny' | 'condition' | 'silence';

export function withProgramsAnswer(state: State, question: Question, how: ProgramsAnswer, ctx: Context): State {
  const label = labelOf(state, question.project);
  const told = enqueue(state, 'notice', [words.programs[how](label)], ctx, { turn: question.turn });
  return how === 'condition' ? told : withRow(told, question, how === 'allow' ? 'allow' : 'deny', ctx);
}

function withRow(state: State, { rule, project }: Question, decision: Grant['decision'], ctx: Context): State {
  if (rule === null) return state;
  return withGrant(state, { project, rule, decision, createdAt: ctx.now });
}

/** A no expires. */
const isOver = ({ decision, createdAt }: Grant, now: number): boolean =>
  decision === 'deny' && now - createdAt >= PROGRAMS_DENIED_MS;

/** Removes expired grants, and all but the newest answer about the project's programs. */
export function withoutOldAnswers(state: State, project: string, now: number): State {
  const before = grantsOf(state);
  const said = newestFirst(before.filter((g) => g.project === project && digestIn(g.rule) !== null));
  const old = new Set(said.slice(PROGRAMS_KEPT - 1));
  const grants = before.filter((g) => !isOver(g, now) && !old.has(g));
  return grants.length === before.length ? state : { ...state, grants };
}

/** A no about a repository counts for its turn alone. */
const isPassingNo = ({ rule, decision }: Grant): boolean => decision === 'deny' && permissionOf(rule) !== null;

const newestFirst = (grants: readonly Grant[]): Grant[] => [...grants].sort((a, b) => b.createdAt - a.createdAt);

/** The person's valid answers about the project's programs, by digest. */
export function programsOf(state: State, project: string, now: number): NonNullable<StartAttempt['programs']> {
  const standing = newestFirst(grantsOf(state).filter((g) => g.project === project && !isOver(g, now)));
  const digests = (decision: Grant['decision']): string[] =>
    standing.flatMap((g) => (g.decision === decision ? (digestIn(g.rule) ?? []) : []));
  const most = PROGRAMS_KEPT;
  return { allowed: digests('allow').slice(0, most), denied: digests('deny').slice(0, most) };
}

/** One line of /approvals: rules that read the same in one project. */
type Standing = { rule: string; project: string; isAllowed: boolean; rows: Grant[] };

/** In the order of their numbers. */
function standings(state: State, now: number): Standing[] {
  const lines = new Map<string, Standing>();
  for (const row of grantsOf(state).filter((g) => !isOver(g, now) && !isPassingNo(g))) {
    const isAllowed = row.decision === 'allow';
    const project = labelOf(state, row.project);
    const key = `${isAllowed} ${row.project} ${words.formatGrant(row.rule)}`;
    const rows = [...(lines.get(key)?.rows ?? []), row];
    lines.set(key, { rule: row.rule, project, isAllowed, rows });
  }
  return [...lines.values()].sort((a, b) => Number(b.isAllowed) - Number(a.isAllowed));
}

/** The list also names archived projects. */
export const readsOfApprovals = (): Read[] => [{ rows: 'grants' }, { rows: 'archived-projects' }];

/** /approvals: lists and removes permissions. */
export function onApprovals(state: State, rest: string, ctx: Context): Decision {
  const say = (text: string, next = state): Decision => noEffects(enqueue(next, 'notice', [text], ctx));
  requireRead(state, { rows: 'archived-projects' });
  const all = standings(state, ctx.now);
  if (rest === '') return say(words.grants(all, GRANTS_MAX));
  const number = /^revoke\s+(\d{1,3})$/i.exec(rest)?.[1];
  if (number === undefined) return say(words.approvalsUse);
  const line = all[Number(number) - 1];
  if (!line) return say(words.noGrant);
  const said = digestIn(line.rule) === null ? words.revoked(line.rule) : words.programsRevoked(line);
  return say(said, { ...state, grants: grantsOf(state).filter((g) => !line.rows.includes(g)) });
}
