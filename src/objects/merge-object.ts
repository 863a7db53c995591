import { goingOf } from '../conversation/access/merge.ts';
import { refusalToFreeze, stayingOf } from '../conversation/access/merge-stays.ts';
import type { Upgrade } from '../conversation/machine/upgrade.ts';
import type { FreezeAsk, Frozen, HandedOver, MergeFacts } from '../conversation/state/merge-events.ts';
import { isMerging, leftBy } from '../conversation/state/merging.ts';
import { broughtRoleOf } from '../conversation/state/standing.ts';
import { FIRST_PROJECT, type State } from '../conversation/state/state.ts';
import { RepositoryObject } from './repository-object.ts';
import { isUnused, listMergedProjects, type Part, schedulesIn } from './stores/merge-store.ts';

// The calls about two homes that become one: of the directory to both, and of the younger home to the elder one. Each
// may be repeated.

export class MergeObject extends RepositoryObject {
  /** Null: no conversation, or not for long, or its person is at another home. */
  async mergeFacts(): Promise<MergeFacts | null> {
    const entry = this.isHome() && this.leftBy() === null ? await this.entry() : null;
    if (entry === null) return null;
    const state = this.calls.load();
    const { merging, forgetting } = state.conversation;
    if (forgetting !== null) return null;
    return {
      ...entry,
      beganAt: beganAt(state),
      isMerging: isMerging(merging),
      losesFiles: this.#losesFiles(),
      isUnused: this.#isUnused(),
      brings: broughtRoleOf(state, this.calls.services()),
    };
  }

  /** Begins to hand this person over to another home. False if another merge is under way, or the home is no longer unused. */
  beginMerge(op: string, home: string, tells: boolean, isUnused = false): boolean {
    if (!this.isHome()) return false;
    const isBegun = goingOf(this.calls.load())?.op === op;
    // A text for the agent may have come since the directory asked.
    if (isUnused && !isBegun && !this.#isUnused()) return false;
    return goingOf(this.calls.apply({ type: 'merge-begun', op, with: home, tells, isUnused }))?.op === op;
  }

  /** The same at the home that stays. */
  expectMerge(op: string, home: string, tells: boolean, isUnused = false): boolean {
    if (!this.isHome()) return false;
    return stayingOf(this.calls.apply({ type: 'merge-expected', op, with: home, tells, isUnused }))?.op === op;
  }

  /** Starts no turn for a while, if nothing is under way. */
  freezeForMerge(ask: FreezeAsk): Frozen {
    if (!this.isHome()) return { kind: 'gone' };
    const { services, load, now } = this.calls;
    const { isAdmin, isOwner } = services();
    const refusal = refusalToFreeze(load(), ask.op, ask.role, { now: now(), isAdmin, isOwner });
    if (refusal !== null) return { kind: refusal };
    if (this.permission.standing() !== 'served') return { kind: 'gone' };
    const staying = stayingOf(this.calls.apply({ type: 'merge-freeze', ...ask }));
    return staying === null ? { kind: 'gone' } : { kind: 'frozen', projects: staying.projects };
  }

  /** Takes rows of the other home. Their numbers are in a row before: a part that is cut comes again. */
  takeMergePart(op: string, part: Part): 'taken' | 'gone' {
    if (!this.#knows(op)) return 'gone';
    const staying = stayingOf(this.calls.apply({ type: 'merge-part', op, schedules: schedulesIn(part) }));
    if (staying?.step === 'taking') this.calls.merge.take(part, staying);
    return 'taken';
  }

  /** Everything has come: the other home's addresses are this person's. False: nothing is known of the job. */
  endMerge(over: HandedOver): boolean {
    if (!this.#knows(over.op)) return false;
    // In a repeat of the call, these may have been answered since.
    const keptTexts = over.keptTexts.filter(({ providerId }) => !this.calls.merge.knows(providerId));
    this.calls.apply({ type: 'merge-over', ...over, keptTexts });
    for (const { said, digest } of over.hostEvents) this.hearHostOnce(said, digest);
    return true;
  }

  /** The other home knows that its person is here. */
  settleMerge(op: string): void {
    if (this.isHome()) this.calls.apply({ type: 'merge-settled', op });
  }

  callOffMerge(op: string): void {
    if (this.isHome()) this.calls.apply({ type: 'merge-called-off', op });
  }

  /** The machine of a person who is at another home goes soon. */
  override upgradeMachine(settings: string, first: boolean): Upgrade {
    return this.leftBy() === null ? super.upgradeMachine(settings, first) : 'none';
  }

  /** The job of a home whose person is at another one by now. */
  protected leftBy(): ReturnType<typeof leftBy> {
    return this.isHome() ? leftBy(this.calls.load()) : null;
  }

  #knows(op: string): boolean {
    if (!this.isHome()) return false;
    const state = this.calls.load();
    return state.conversation.forgetting === null && stayingOf(state)?.op === op;
  }

  #isUnused(): boolean {
    return isUnused(this.ctx.storage.sql);
  }

  /** Without backups the files of projects would stay behind. */
  #losesFiles(): boolean {
    const isUsed = listMergedProjects(this.ctx.storage.sql).some((project) => project.isUsed);
    return isUsed && this.calls.services().archive === null;
  }
}

const beganAt = ({ projects }: Pick<State, 'projects'>): number =>
  projects.find(({ id }) => id === FIRST_PROJECT)?.createdAt ?? 0;
