import { cloneAddress, type RepositoryAddress, readRepositoryAddress } from '../../git/repository-address.ts';
import { mayUse } from '../../input/roles.ts';
import { texts } from '../../texts/index.ts';
import { sendNotice, sendWordButtons, type WordButton } from '../outbox/replies.ts';
import { askAgent } from '../repositories/ask-agent.ts';
import { askForPin, beginConnecting } from '../repositories/connect.ts';
import { type LookUpAsk, lookUp, lookUpRef, settleLookUp } from '../repositories/look-up.ts';
import { accessOf } from '../state/access.ts';
import type { ConnectionEvent, LookUp } from '../state/connection-events.ts';
import type { Repository } from '../state/connections.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findConnection } from '../state/repositories.ts';
import type { Project } from '../state/rows.ts';
import { roleOf } from '../state/standing.ts';
import { activeProjectOf, type State, withProject } from '../state/state.ts';

// Binds projects to repositories: /project new NAME REPOSITORY and /project clone REPOSITORY. The host is asked first;
// then the machine clones in a turn of its own.

const said = texts.connections;

/** `shop https://github.com/mara/shop`: a name and, as the last word, a repository; null if there is none. */
export function splitRepository(text: string): { label: string; address: string } | null {
  const words = text.trim();
  const at = words.search(/\s\S*$/);
  const [label, address] = [words.slice(0, Math.max(at, 0)).trimEnd(), words.slice(at + 1)];
  const isAddress = /^(?:[a-z+]+:\/\/|[\w-]+@[^@\s]+:)/i.test(address);
  if (label === '') return isAddress ? { label: nameOf(address), address } : null;
  return isAddress || /^[\w.-]+(?:\/[\w.-]+)+\/?$/.test(address) ? { label, address } : null;
}

const nameOf = (address: string): string => {
  const read = readRepositoryAddress(address);
  return 'refused' in read ? '' : (read.path.split('/').at(-1) ?? '');
};

/** Looks the repository up, or connects an account for it first. */
export function askForRepository(
  state: State,
  typed: string,
  use: Pick<LookUpAsk, 'use' | 'name'>,
  ctx: Context,
): Decision {
  const address = readRepositoryAddress(typed);
  if ('refused' in address) return say(state, said.badAddress[address.refused], ctx);
  if (!mayUse(roleOf(state, ctx), 'github'))
    return say(state, said.lookUpRefused(address.host, address.path, 'guest'), ctx);
  const ask = { ...address, ...use };
  if (findConnection(state, address.host) !== null) return lookUp(state, ask, ctx);
  if (accessOf(state).pin !== null) return askForPin(state, address.host, lookUpRef(ask), ctx);
  const told = ctx.policy.connects == null ? state : sendNotice(state, said.connectFirst(address.host, false), ctx);
  return beginConnecting(told, address.host, lookUpRef(ask), ctx);
}

/** /project clone: for the active project. Without words: what it is bound to, once more. */
export function cloneIntoActive(state: State, typed: string, ctx: Context): Decision {
  const project = activeProjectOf(state);
  const { repository, label } = project;
  if (repository === null && typed === '') return say(state, said.cloneUse, ctx);
  if (repository === null) return askForRepository(state, typed, { use: 'clone', name: project.id }, ctx);
  if (typed !== '') return say(state, said.hasRepository(label, nameRepository(repository)), ctx);
  return clone(sendNotice(state, said.cloneAgain(label, nameRepository(repository)), ctx), project, repository, ctx);
}

/** `make`: makes the project of this name and switches to it, or says why it can't. */
export function onLookedUp(
  state: State,
  { ref, answer }: { ref: string; answer: LookUp },
  make: (state: State, label: string) => { state: State; project: Project | null },
  ctx: Context,
): Decision {
  const settled = settleLookUp(state, ref, answer, ctx);
  if (settled === null) return noEffects(state);
  if ('decision' in settled) return settled.decision;
  const { repository } = settled.found;
  const { use, name } = settled.ask;
  if (use === 'clone') {
    const project = settled.state.projects.find(({ id }) => id === name && id !== undefined) ?? null;
    if (project === null || project.archivedAt !== null || project.repository !== null) return noEffects(settled.state);
    return bind(settled.state, project, repository, said.bound(project.label, nameRepository(repository)), ctx);
  }
  const made = make(settled.state, name);
  if (made.project === null) return noEffects(made.state);
  const also = findProjectOf(state, repository)?.label ?? null;
  return bind(
    made.state,
    made.project,
    repository,
    said.cloning(made.project.label, nameRepository(repository), also),
    ctx,
  );
}

export const nameRepository = ({ host, path }: RepositoryAddress): string => `${host}/${path}`;

/** Offers repositories to choose from, after a project was made without one. */
export function offerRepositories(
  state: State,
  { paths }: Extract<ConnectionEvent, { type: 'repositories-listed' }>,
  ctx: Context,
): State {
  const project = activeProjectOf(state);
  if (paths === null || paths.length === 0 || project.repository !== null) return state;
  const buttons: WordButton[] = paths.map((path) => ({
    title: path.slice(path.indexOf('/') + 1),
    description: path,
    says: `/project clone ${path}`,
  }));
  const words = { text: said.pick, plain: said.pickPlain(paths), opens: said.pickOpens, buttons };
  return sendWordButtons(state, words, ctx);
}

const findProjectOf = (state: State, { host, path }: Repository): Project | undefined =>
  state.projects.find(
    (each) => each.archivedAt === null && each.repository?.host === host && each.repository.path === path,
  );

function bind(state: State, project: Project, repository: Repository, text: string, ctx: Context): Decision {
  const bound = { ...project, repository };
  return clone(sendNotice(withProject(state, bound), text, ctx), bound, repository, ctx);
}

/** The machine clones in a turn of its own, behind what waits. */
function clone(state: State, { id }: Project, repository: Repository, ctx: Context): Decision {
  return askAgent(state, id, cloneAddress(repository), ctx, 'clone');
}

const say = (state: State, text: string, ctx: Context): Decision => noEffects(sendNotice(state, text, ctx));
