import { GITHUB } from '../../git/repository-address.ts';
import { type PullName, readPullName, readPullWish, readWatched } from '../../input/pull-command.ts';
import { mayUse } from '../../input/roles.ts';
import { texts } from '../../texts/index.ts';
import { sendNotice } from '../outbox/replies.ts';
import { askAgent } from '../repositories/ask-agent.ts';
import { askHost } from '../repositories/ask-host.ts';
import { askForWork } from '../repositories/show-work.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { USUAL_WATCHES, WATCHED } from '../state/pull-request-rows.ts';
import { findPull } from '../state/pulls.ts';
import type { Read } from '../state/reads.ts';
import type { Project } from '../state/rows.ts';
import { roleOf } from '../state/standing.ts';
import { activeProjectOf, type State, withProject } from '../state/state.ts';
import { pickByNameOrNumber } from './pick.ts';
import { findOpenProjects } from './projects.ts';

// /pr, /checks, /diff, /watch and /unwatch: the pull requests of a project's repository.

const said = texts.pulls;

export const readsOfPullCommand = (): Read[] => [{ rows: 'pull-requests' }];

/** The named project, or the active one; a refusal when there is none. */
export function projectNamed(state: State, label: string | null): Project | { refusal: string } {
  const project =
    label === null ? activeProjectOf(state) : pickByNameOrNumber(findOpenProjects(state), label, (p) => p.label);
  return project ?? { refusal: texts.projects.unknown(label ?? '') };
}

/** The same; also a refusal when it has no repository, or one at a host whose pull requests Roost doesn't know. */
function boundProjectNamed(state: State, label: string | null): Project | { refusal: string } {
  const project = projectNamed(state, label);
  if ('refusal' in project) return project;
  if (project.repository === null) return { refusal: said.noRepository(project.label) };
  return hasPulls(project) ? project : { refusal: said.otherHost(project.label, project.repository.host) };
}

const hasPulls = ({ repository }: Project): boolean => repository?.host === GITHUB;

export function onPull(state: State, rest: string, ctx: Context): Decision {
  const say = (text: string): Decision => noEffects(sendNotice(state, text, ctx));
  const wish = readPullWish(rest);
  if (wish.do === 'unreadable') return say(said.use);
  const project = boundProjectNamed(state, wish.do === 'list' ? null : wish.label);
  if ('refusal' in project) return say(project.refusal);
  if (wish.do === 'fix' || wish.do === 'read') return startWork(state, project, { ...wish, do: wish.do }, ctx);
  if (wish.do === 'list') return askHost(state, { verb: 'list', project: project.id, number: null, head: null }, ctx);
  const { number } = wish;
  if (wish.do === 'show') return askHost(state, { verb: 'show', project: project.id, number, head: null }, ctx);
  if (!mayUse(roleOf(state, ctx), 'approve')) return say(said.mayNotMerge);
  return askHost(state, { verb: 'ask-merge', project: project.id, number, head: null }, ctx);
}

/** /checks and /diff: of the named pull request, or the newest one. /diff is also for work that is in none. */
export function onPullView(state: State, verb: 'checks' | 'diff', rest: string, ctx: Context): Decision {
  const isWork = verb === 'diff' && rest.toLowerCase() === 'work';
  const active = activeProjectOf(state);
  if (isWork || (verb === 'diff' && rest === '' && !hasPulls(active))) return askForWork(state, active.id, ctx);
  const named = rest === '' ? { label: null, number: null } : readPullName(rest);
  if (named === null) return noEffects(sendNotice(state, said.viewUse(verb), ctx));
  const project = boundProjectNamed(state, named.label);
  if ('refusal' in project) return noEffects(sendNotice(state, project.refusal, ctx));
  return askHost(state, { verb, project: project.id, number: named.number, head: null }, ctx);
}

type MergeChosen = { project: string; number: number; head: string; merges: boolean };

/** The person's answer to whether to merge. Their role counts as it is now. */
export function onMergeChosen(state: State, { project, number, head, merges }: MergeChosen, ctx: Context): Decision {
  const say = (text: string): Decision => noEffects(sendNotice(state, text, ctx));
  if (!merges) return say(said.notMerged(number));
  if (!mayUse(roleOf(state, ctx), 'approve')) return say(said.mayNotMerge);
  if (!state.projects.some((p) => p.id === project && p.archivedAt === null)) return say(said.notMerged(number));
  return askHost(state, { verb: 'merge', project, number, head }, ctx);
}

/** A tap on a button below news. */
function startWork(state: State, { id }: Project, wish: PullName & { do: 'fix' | 'read' }, ctx: Context): Decision {
  const title = findPull(state, id, wish.number)?.title ?? null;
  return askAgent(state, id, texts.pulls.tasks[wish.do](wish.number, title), ctx);
}

/** /watch shows or adds, /unwatch removes. */
export function onWatch(state: State, name: 'watch' | 'unwatch', rest: string, ctx: Context): Decision {
  const say = (text: string, next = state): Decision => noEffects(sendNotice(next, text, ctx));
  const project = boundProjectNamed(state, null);
  if ('refusal' in project) return say(project.refusal);
  const { label } = project;
  if (rest.toLowerCase() === 'usual') {
    return say(said.watches(label, USUAL_WATCHES), withProject(state, { ...project, watches: null }));
  }
  const words = readWatched(rest);
  if (words === null) return say(said.watchUse);
  const before = project.watches ?? USUAL_WATCHES;
  if (name === 'watch' && words.length === 0) return say(said.watches(label, before));
  const off = words.length === 0 ? WATCHED : words;
  const change = (list: readonly string[]) =>
    WATCHED.filter((each) =>
      name === 'watch' ? list.includes(each) || words.includes(each) : list.includes(each) && !off.includes(each),
    );
  const watches = { own: change(before.own), others: change(before.others) };
  return say(said.watches(label, watches), withProject(state, { ...project, watches }));
}
