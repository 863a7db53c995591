import type { HostTold } from '../../../src/conversation/state/host-asks.ts';
import { readHostEvent } from '../../../src/git/host-event.ts';
import { type HostWebhook, PULL, SHOP } from '../../fixtures/host-events.ts';
import { Talk } from '../conversation.ts';

// A person's project with a repository, and a git host that tells and is asked of it.

export class Shop extends Talk {
  constructor() {
    super(0);
    this.now = Date.parse('2026-11-23T10:00:00Z');
    this.state = { ...this.state, projects: this.state.projects.map((p) => ({ ...p, repository: SHOP })) };
  }

  says({ name, body }: HostWebhook): void {
    const said = readHostEvent(name, body, 'github.com', this.now);
    if (said === null || said === 'malformed') throw new Error('not an event');
    this.on({ type: 'host-said', said, digest: '' });
  }

  at(): string {
    return new Date(this.now).toISOString();
  }

  /** What the host was asked, as its ref. */
  asked(): string {
    const effect = this.effects.find((each) => each.do === 'ask-host');
    if (effect?.do !== 'ask-host') throw new Error('the host was not asked');
    return effect.ref;
  }

  tells(told: HostTold, ref = this.asked()): void {
    this.on({ type: 'host-told', ref, told });
  }

  /** The agent opens a pull request, and the host is read. */
  opens(): void {
    this.on({ type: 'pull-request-opened', project: 'main', number: 12 });
    this.tells({ is: 'pull', pull: PULL, checks: { list: [], isWhole: true, unread: 0 }, isMergeable: true });
  }

  /** The carrier has delivered every reply. */
  delivered(): void {
    this.state = { ...this.state, replies: this.state.replies.map((r) => ({ ...r, state: 'delivered' })) };
  }

  /** The timer of the news fires, and the host is asked; `told` is its answer. */
  minute(told: HostTold = { is: 'pull', pull: PULL, checks: null, isMergeable: null }): void {
    this.now += 60_000;
    for (const timer of this.state.timers.filter((t) => t.kind === 'git-news' && t.dueAt <= this.now)) {
      this.on({ type: 'timer', timer });
      if (this.effects.some((each) => each.do === 'ask-host')) this.tells(told);
    }
  }

  /** The earliest timer of this kind fires. */
  due(kind: string): void {
    const [timer] = this.state.timers.filter((t) => t.kind === kind).sort((a, b) => a.dueAt - b.dueAt);
    if (timer === undefined) throw new Error(`no timer ${kind}`);
    this.now = Math.max(this.now, timer.dueAt);
    this.on({ type: 'timer', timer });
  }

  get said(): string[] {
    return this.state.replies.map((r) => r.choices?.text ?? r.body);
  }

  get buttons(): string[] {
    return this.state.replies.at(-1)?.choices?.items.map(({ id }) => id.slice(2)) ?? [];
  }

  get tasks(): string[] {
    return this.state.messages.filter((m) => m.providerId.startsWith('own/')).map((m) => m.text);
  }
}
