import { GITHUB } from '../../git/repository-address.ts';
import { findMisspelt, findNearest } from '../../input/nearest-name.ts';
import { texts } from '../../texts/index.ts';
import { enqueue, sendNotice } from '../outbox/replies.ts';
import { PROJECTS_ARCHIVED_SHOWN, PROJECTS_MAX } from '../policy/projects.ts';
import { readLookUp } from '../repositories/look-up.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { isLocked, isOfPerson } from '../state/person.ts';
import { keyOfLabel, LABEL_MAX, newProjectId, PROJECT_WORDS, readLabel } from '../state/project-labels.ts';
import { type Read, requireRead } from '../state/reads.ts';
import { findConnection } from '../state/repositories.ts';
import type { Project } from '../state/rows.ts';
import { isIn } from '../state/standing.ts';
import {
  activeProjectOf,
  FIRST_PROJECT,
  findOpenTurn,
  newProject,
  projectOf,
  type State,
  withProject,
} from '../state/state.ts';
import { bindThread, nameThread, withThreads } from '../state/threads.ts';
import { pickByNameOrNumber } from './pick.ts';
import { askForRepository, cloneIntoActive, nameRepository, splitRepository } from './project-repository.ts';

// /project: a person's projects, and which one is active. Running and waiting texts stay with the project they were
// sent to.

const said = texts.projects;

/** Projects that aren't archived, oldest first, as the list shows them. */
export const findOpenProjects = (state: State): Project[] =>
  state.projects
    .filter((p) => p.archivedAt === null)
    .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));

function archivedProjects(state: State): Project[] {
  requireRead(state, { rows: 'archived-projects' });
  return state.projects.filter((p) => p.archivedAt !== null);
}
const labelOf = ({ label }: Project): string => label;
const find = (projects: readonly Project[], wanted: string): Project | null =>
  pickByNameOrNumber(projects, wanted, labelOf);
const named = (projects: readonly Project[], label: string): Project | undefined =>
  projects.find((p) => keyOfLabel(p.label) === keyOfLabel(label));

/** A name finds its project, even if the list doesn't show it. */
export const readsOfProject = (rest: string): Read[] => [
  { rows: 'archived-projects' },
  ...readLabels(rest).map((label) => ({ rows: 'archived-project' as const, label })),
];

export function onProject(state: State, rest: string, ctx: Context): Decision {
  const [, first = '', args = ''] = /^(\S*)\s*([\s\S]*)$/.exec(rest) ?? [];
  const word = PROJECT_WORDS.find((each) => each === first.toLowerCase());
  if (rest === '' || (word === 'list' && args === '')) return noEffects(list(state, ctx));
  if (word === undefined || word === 'list') return noEffects(choose(state, rest, ctx));
  if (word === 'clone') return cloneIntoActive(state, args, ctx);
  if (args === '') return noEffects(sendNotice(state, said.use, ctx));
  if (word === 'new') return create(state, args, ctx);
  return noEffects({ switch: choose, rename, archive, restore }[word](state, args, ctx));
}

/** The one place where another project becomes the active one. In a topic the topic is for it from now on. */
export function switchTo(state: State, project: Project, ctx: Context): State {
  const { here } = state.conversation.threads;
  const bound = here === null ? state : bindThread(state, here, project.id);
  const conversation = { ...bound.conversation, project: project.id };
  return withProject({ ...bound, conversation }, { ...project, usedAt: ctx.now });
}

function list(state: State, ctx: Context): State {
  const open = findOpenProjects(state).map(({ label, repository }) => ({
    label,
    repository: repository && nameRepository(repository),
  }));
  const archived = archivedProjects(state).map(labelOf);
  const isMore = archived.length >= PROJECTS_ARCHIVED_SHOWN;
  return sendNotice(state, said.list(open, activeProjectOf(state).label, archived, isMore), ctx);
}

function choose(state: State, wanted: string, ctx: Context): State {
  const project = find(findOpenProjects(state), wanted);
  if (project)
    return project.id === activeProjectOf(state).id
      ? sendNotice(state, said.alreadyActive(project.label), ctx)
      : move(state, project, said.switched(project.label), ctx);
  const archived = named(archivedProjects(state), wanted);
  return sendNotice(state, archived ? said.isArchived(archived.label) : unknown(state, wanted), ctx);
}

/**
 * Says that no project has this name, and suggests a project or a word after /project that the person may have meant.
 */
function unknown(state: State, wanted: string): string {
  const [, first = '', rest = ''] = /^(\S{1,20})\s+(\S[\s\S]*)$/.exec(wanted) ?? [];
  const word = rest === '' ? null : findMisspelt(first, PROJECT_WORDS);
  const meant = findNearest(wanted, state.projects.map(labelOf)) ?? (word && `/project ${word} ${rest}`);
  return meant === null ? said.unknown(wanted) : said.didYouMean(wanted, meant);
}

/** Switches to the project and tells the person, also about work that goes on in another project. */
function move(state: State, project: Project, text: string, ctx: Context): State {
  const turn = findOpenTurn(state);
  const goesOn = turn && turn.project !== project.id ? said.goesOn(projectOf(state, turn.project).label) : '';
  return sendNotice(switchTo(state, project, ctx), `${text}${goesOn}`, ctx);
}

/** The new name, or why it can't be given. The project `but` may have the name already. */
function free(state: State, text: string, but: Project | null): { label: string } | { refusal: string } {
  const read = readLabel(text);
  if ('fault' in read) return { refusal: said.fault(read.fault, LABEL_MAX) };
  requireRead(state, { rows: 'archived-project', label: read.label });
  const holder = named(state.projects, read.label);
  if (!holder || holder.id === but?.id) return read;
  return { refusal: holder.archivedAt === null ? said.taken(holder.label) : said.takenArchived(holder.label) };
}

/** The words after /project that may be a name, normalised as names are stored. */
function readLabels(rest: string): string[] {
  const [, , args = ''] = /^(\S*)\s*([\s\S]*)$/.exec(rest) ?? [];
  return [rest, args, ...split(args), splitRepository(args)?.label ?? ''].flatMap((text) => {
    const read = readLabel(text);
    return 'label' in read ? [read.label] : [];
  });
}

const isFull = (state: State): boolean => findOpenProjects(state).length >= PROJECTS_MAX;

/** /project new NAME, and /project new NAME REPOSITORY. */
function create(state: State, text: string, ctx: Context): Decision {
  const split = splitRepository(text);
  const name = free(state, split?.label ?? text, null);
  if ('refusal' in name) return noEffects(sendNotice(state, name.refusal, ctx));
  if (isFull(state)) return noEffects(sendNotice(state, said.full(PROJECTS_MAX), ctx));
  if (split) return askForRepository(state, split.address, { use: 'new', name: name.label }, ctx);
  const made = add(state, name.label, ctx);
  const moved = move(made.state, made.project, said.made(name.label), ctx);
  const offers = findConnection(state, GITHUB)?.state === 'good' && ctx.policy.connects != null;
  return { state: moved, effects: offers ? [{ do: 'list-repositories' }] : [], log: [] };
}

/** The name's project, and the state in which it is the active one; or the state that says why not. */
export function makeProject(state: State, label: string, ctx: Context): { state: State; project: Project | null } {
  const name = free(state, label, null);
  if ('refusal' in name) return { state: sendNotice(state, name.refusal, ctx), project: null };
  if (isFull(state)) return { state: sendNotice(state, said.full(PROJECTS_MAX), ctx), project: null };
  const made = add(state, name.label, ctx);
  return { ...made, state: switchTo(made.state, made.project, ctx) };
}

function add(state: State, label: string, ctx: Context): { state: State; project: Project } {
  const id = newProjectId(label, ctx.uuid, (each) => state.projects.some((p) => p.id === each));
  const project = newProject(id, label, ctx.now);
  return { state: { ...state, projects: [...state.projects, project] }, project };
}

type Thread = Extract<Event, { type: 'thread' }>;

/** A project of the topic's name may be archived. */
export const readsOfThread = ({ name }: Thread): Read[] =>
  name === null ? [] : [{ rows: 'archived-project', label: labelOfTopic(name) }];

/**
 * The person writes in this topic, whose project becomes the active one, or outside topics again. A topic without a
 * project gets one of its name with the next text there, or when the topic is renamed. A project is renamed with its topic.
 */
export function onThread(state: State, heard: Thread, ctx: Context): State {
  const { from, to, id, name, isNew, isRenamed, isEarlier = false } = heard;
  if (!isIn(state, ctx) || !isOfPerson(state, from) || isLocked(state, from)) return state;
  const tell = (next: State, text: string): State => enqueue(next, 'notice', [text], ctx, { from: to, to: from });
  const { general, of } = state.conversation.threads;
  if (id === null) return leaveThreads(state, ctx);
  const thread = nameThread(from, id);
  const known = state.projects.find((p) => p.archivedAt === null && of[p.id] === thread);
  if (known && isRenamed) return renameWithTopic(state, { thread, project: known, name: name ?? '' }, tell);
  if (known) return enterThread(state, thread, known, ctx);
  if (isEarlier) return state;
  const label = labelOfTopic(name ?? '');
  if (name !== null) requireRead(state, { rows: 'archived-project', label });
  const same = name === null ? undefined : named(state.projects, label);
  const isFree = same !== undefined && same.id !== (general ?? state.conversation.project) && of[same.id] === undefined;
  if (isFree && same.archivedAt === null) return tell(enterThread(state, thread, same, ctx), said.topic(same.label));
  if (isFull(state)) {
    const outside = leaveThreads(state, ctx);
    const { label: active } = activeProjectOf(outside);
    return isNew ? tell(outside, said.topicFull(PROJECTS_MAX, active)) : outside;
  }
  if (isFree) {
    const back = { ...same, archivedAt: null };
    return tell(enterThread(withProject(state, back), thread, back, ctx), said.topic(back.label));
  }
  const made = add(state, unusedLabel(state, label), ctx);
  return tell(enterThread(made.state, thread, made.project, ctx), said.topic(made.project.label));
}

/** The active project stays: a person may rename a topic without writing in it. */
function renameWithTopic(
  state: State,
  { thread, project, name }: { thread: string; project: Project; name: string },
  tell: (state: State, text: string) => State,
): State {
  const wanted = free(state, plainNameOf(name), project);
  if ('label' in wanted && wanted.label === project.label) return state;
  const [renamed, text] =
    'label' in wanted
      ? [withProject(state, { ...project, label: wanted.label }), said.renamed(project.label, wanted.label)]
      : [state, said.topicKeeps(project.label, wanted.refusal)];
  // The line stands in the topic, wherever the person wrote last.
  const { here } = state.conversation.threads;
  return withThreads(tell(withThreads(renamed, { here: thread }), text), { here });
}

function enterThread(state: State, thread: string, project: Project, ctx: Context): State {
  const { here, general } = state.conversation.threads;
  if (here === thread && state.conversation.project === project.id) return state;
  const entered = withThreads(state, { here: thread, general: general ?? state.conversation.project });
  return switchTo(entered, project, ctx);
}

/** Outside topics the project from before is the active one. */
function leaveThreads(state: State, ctx: Context): State {
  const { here, general } = state.conversation.threads;
  if (here === null && general === null) return state;
  const left = withThreads(state, { here: null, general: null });
  const project = left.projects.find((p) => p.id === general && p.archivedAt === null);
  return general === null ? left : switchTo(left, project ?? projectOf(left, FIRST_PROJECT), ctx);
}

/** The topic's name as a project may have it. */
function labelOfTopic(name: string): string {
  const read = readLabel(plainNameOf(name));
  return 'label' in read ? read.label : said.topicLabel;
}

const plainNameOf = (name: string): string =>
  [...name.toWellFormed().replace(/[\p{Cc}\p{Cf}>]/gu, ' ')].slice(0, TOPIC_LABEL_MAX).join('');

/** Room for a number behind the name. */
const TOPIC_LABEL_MAX = 36;

/** The name with a number behind it where another project has it. An archived one may have the numbered name, too. */
function unusedLabel(state: State, label: string): string {
  for (let n = 1; ; n++) {
    const numbered = n === 1 ? label : `${label} ${n}`;
    if (named(state.projects, numbered) === undefined) return numbered;
  }
}

/** The names that the answer about a repository may give to a project. */
export const readsOfLookedUp = (ref: string): Read[] => {
  const { name = '' } = readLookUp(ref) ?? {};
  return [{ rows: 'archived-project', label: name }];
};

function rename(state: State, args: string, ctx: Context): State {
  const [old, wanted] = args.includes('>') ? split(args) : [null, args];
  const project = old === null ? activeProjectOf(state) : find(findOpenProjects(state), old);
  if (!project) return sendNotice(state, unknown(state, old ?? ''), ctx);
  const name = free(state, wanted, project);
  if ('refusal' in name) return sendNotice(state, name.refusal, ctx);
  const renamed = withProject(state, { ...project, label: name.label });
  const hasTopic = state.conversation.threads.of[project.id] !== undefined;
  const text = said.renamed(project.label, name.label);
  return sendNotice(renamed, hasTopic ? `${text}${said.topicNamedApart}` : text, ctx);
}

function split(args: string): [old: string, wanted: string] {
  const at = args.indexOf('>');
  return [args.slice(0, at).trim(), args.slice(at + 1).trim()];
}

function archive(state: State, wanted: string, ctx: Context): State {
  const project = find(findOpenProjects(state), wanted);
  if (!project) return choose(state, wanted, ctx);
  const { label } = project;
  if (project.id === FIRST_PROJECT) return sendNotice(state, said.first(label), ctx);
  if (state.conversation.deep?.project === project.id) return sendNotice(state, said.deep(label), ctx);
  const isBusy = findOpenTurn(state)?.project === project.id || waitsIn(state, project);
  if (isBusy) return sendNotice(state, said.busy(label), ctx);
  const archived = withProject(state, { ...project, archivedAt: ctx.now });
  if (activeProjectOf(state).id !== project.id) return sendNotice(archived, said.archived(label), ctx);
  const main = projectOf(archived, FIRST_PROJECT);
  // Said in the topic, which is for no project from now on.
  const told = sendNotice(archived, said.archivedActive(label, main.label), ctx);
  return switchTo(withThreads(told, { here: null }), main, ctx);
}

const waitsIn = (state: State, { id }: Project): boolean =>
  state.messages.some((m) => (m.state === 'waiting' || m.state === 'active') && m.project === id);

function restore(state: State, wanted: string, ctx: Context): State {
  const archived = named(archivedProjects(state), wanted);
  if (!archived) {
    const open = find(findOpenProjects(state), wanted);
    return sendNotice(state, open ? said.notArchived(open.label) : unknown(state, wanted), ctx);
  }
  if (isFull(state)) return sendNotice(state, said.full(PROJECTS_MAX), ctx);
  const back = { ...archived, archivedAt: null };
  return move(withProject(state, back), back, said.restored(back.label), ctx);
}
