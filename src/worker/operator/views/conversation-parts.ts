import { html } from 'hono/html';
import { ROLES } from '../../../input/roles.ts';
import type { ConversationDetail } from '../../../objects/conversation-detail.ts';
import { operatorConversation as words } from '../../../texts/operator-conversation.ts';
import { formatDollars } from '../../../texts/spending.ts';
import { connectionsOf } from './connections.ts';
import { gitUsesOf } from './git-uses.ts';
import {
  action,
  columns,
  figure,
  figures,
  type Html,
  section,
  sessionLink,
  shortId,
  type Tone,
  table,
  tag,
  time,
} from './parts.ts';

// How one conversation stands: figures, acts, projects, machine, timers, schedules, files, grants and limits.

/** Several parts of one cell: on a phone a cell stands beside its label. */
const cell = (...parts: (Html | string | null)[]): Html => html`<span>${parts.map((part) => html`${part} `)}</span>`;
const sumOf = ({ model, carrier, machine }: ConversationDetail['spending']['today']): number =>
  model + carrier + machine;

export function figuresOf(detail: ConversationDetail): Html {
  const { queue, turn, isForgetting, spending, projects, machine, failed } = detail;
  const state = isForgetting ? 'forgetting' : turn !== null ? 'running' : queue.waiting > 0 ? 'waiting' : 'idle';
  const tone: Tone = isForgetting ? 'bad' : turn !== null ? 'good' : queue.waiting > 0 ? 'warn' : 'calm';
  const context = projects.find((p) => p.isActive)?.contextPercent ?? null;
  const refused = machine?.refusal != null;
  return figures([
    figure(words.now, words.state[state], tone),
    figure(words.queue, queue.waiting, queue.waiting > 0 ? 'warn' : 'calm'),
    figure(words.failed, failed, failed > 0 ? 'bad' : 'calm'),
    figure(words.today, formatDollars(sumOf(spending.today))),
    figure(words.month, formatDollars(sumOf(spending.thisMonth))),
    figure(words.context, context === null ? '–' : `${Math.round(context)} %`),
    figure(words.machine, machineState(machine), refused ? 'bad' : 'calm'),
  ]);
}

function machineState(machine: ConversationDetail['machine']): string {
  if (machine === null) return words.shared;
  if (machine.refusal !== null) return `${words.refusal}: ${machine.refusal}`;
  if (machine.step !== 'ready') return machine.step;
  return machine.awakeSince === null ? words.asleep : words.awake;
}

export function actsOf(detail: ConversationDetail, path: string): Html {
  type Act = 'stop' | 'retry' | 'reset-session' | 'wake-machine' | 'restart-machine';
  const act = (name: Act, about: Record<string, string> = {}): Html => {
    const ask = name in words.asks ? words.asks[name as keyof typeof words.asks] : null;
    const fields = { do: name, ...about };
    return action(`${path}/act`, words.acts[name], { ...(ask === null ? {} : { confirm: ask }), fields });
  };
  const { turn, queue, lastFailed, machine, projects } = detail;
  const isBusy = turn !== null || queue.waiting > 0;
  const session = projects.find((p) => p.isActive)?.sessionId ?? null;
  return html`<div class="acts">${isBusy ? act('stop', { turn: turn ?? '' }) : null}${
    lastFailed !== null ? act('retry', { failed: lastFailed }) : null
  }${session !== null ? act('reset-session', { session }) : null}${act('wake-machine')}${machine?.machine != null ? act('restart-machine') : null}</div>`;
}

export const sectionsOf = (detail: ConversationDetail, path: string): Html =>
  html`${projectsOf(detail, path)}${schedulesOf(detail, path)}${timersOf(detail)}${limitsOf(detail)}${filesOf(detail)}${connectionsOf(detail, path)}${gitUsesOf(detail)}${grantsOf(detail)}`;

function copyOf(backups: ConversationDetail['backups'], kind: string, id: string | null): Html | null {
  const copy = backups.find((b) => b.kind === kind && b.id === id);
  if (copy === undefined || copy.copiedAt === null) return copy?.refused ? cell(copy.refused) : null;
  // A release before noted no size of folders.
  return cell(time(copy.copiedAt), copy.bytes === 0 ? null : words.bytes(copy.bytes), copy.refused);
}

function projectsOf(
  { projects, backups, diskFree, memoryFree, machine, addresses }: ConversationDetail,
  path: string,
): Html {
  const list = table(
    words.projects,
    columns(words.project, words.session, words.context, words.model, words.used, words.transcript, words.backup),
    projects.map((p) => {
      return {
        cells: [
          cell(p.label ?? words.named(p.id), p.isActive ? tag(words.active, 'good') : null),
          p.sessionId === null ? words.newSession : sessionLink(p.sessionId, path),
          p.contextPercent === null ? null : `${Math.round(p.contextPercent)} %`,
          p.model ?? words.usualModel,
          time(p.usedAt),
          copyOf(backups, 'session', p.sessionId),
          copyOf(backups, 'project', p.id),
        ],
      };
    }),
    words.none,
  );
  const bytes = (count: number | null): string => (count === null ? '–' : words.bytes(count));
  const own = machine === null ? [] : [`${words.step}: ${machine.step}`, `${words.region}: ${machine.region ?? '–'}`];
  const known = [`${words.memory}: ${bytes(memoryFree)}`, `${words.disk}: ${bytes(diskFree)}`, ...own];
  const from = addresses.map(({ masked, isLocked }) => (isLocked ? `${masked} (locked)` : masked)).join(', ');
  return section(
    words.projects,
    html`${list}<p class="note">${words.remembered}: ${copyOf(backups, 'person', '') ?? words.noBackup}</p><p class="note">${known.join(' · ')}</p><p class="note">${words.addresses}: ${from}</p>`,
  );
}

const schedulesOf = ({ schedules }: ConversationDetail, path: string): Html =>
  section(
    words.schedules,
    table(
      words.schedules,
      columns(words.number, words.task, words.standing, words.next, words.lastRuns, words.change),
      schedules.map((s) => {
        const name = s.state === 'paused' ? 'resume-schedule' : 'pause-schedule';
        const state = s.pausedBy === null ? s.state : `${s.state}: ${s.pausedBy}`;
        const standing = s.failures > 0 ? words.failures(state, s.failures) : state;
        const runs = s.runs.map(({ state, note, startedAt, dueAt }) => {
          const became = note === null ? state : `${state} (${words.runNote(note)})`;
          return html`<div>${time(startedAt ?? dueAt)} ${became}</div>`;
        });
        return {
          cells: [
            `${s.id}`,
            cell(words.kinds[s.kind], s.words === null ? null : html`<q>${s.words}</q>`),
            cell(tag(standing, s.failures > 0 ? 'bad' : 'calm')),
            time(s.state === 'paused' ? s.resumeAt : s.nextAt),
            runs.length === 0 ? words.noRuns : html`<div>${runs}</div>`,
            action(`${path}/act`, words.acts[name], { fields: { do: name, schedule: `${s.id}` } }),
          ],
        };
      }),
      words.noSchedules,
    ),
  );

const timersOf = ({ timers }: ConversationDetail): Html =>
  section(
    words.timers,
    table(
      words.timers,
      columns(words.at, words.does, words.times),
      timers.map(({ kind, about, dueAt, attempts }) => ({
        cells: [time(dueAt), about === null ? words.timer(kind) : `${words.timer(kind)}: ${about}`, attempts],
      })),
      words.noTimers,
    ),
  );

const limitsOf = ({ limits }: ConversationDetail): Html =>
  section(
    words.limits,
    table(
      words.limits,
      columns(words.budget, words.spent, words.limit),
      limits.map(({ of, per, spent, limit }) => ({
        cells: [`${words.budgetOf[of]}, ${words.budgetPer[per]}`, formatDollars(spent), formatDollars(limit)],
      })),
      words.noLimits,
    ),
  );

function filesOf({ received, sent }: ConversationDetail): Html {
  const all = [
    ...received.map((file) => ({ ...file, way: words.direction.in })),
    ...sent.map((file) => ({ ...file, way: words.direction.out })),
  ];
  return section(
    words.fileList,
    table(
      words.fileList,
      columns(words.file, words.direct, words.type, words.size, words.standing),
      all.map(({ name, way, type, size, state }) => ({
        cells: [name ?? words.hiddenName, way, type, size === null ? null : words.bytes(size), state],
      })),
      words.noFiles,
    ),
  );
}

const grantsOf = ({ grants }: ConversationDetail): Html =>
  section(
    words.grants,
    table(
      words.grants,
      columns(words.project, words.rule, words.standing, words.since),
      grants.map(({ project, rule, decision, createdAt }) => ({
        cells: [project, rule ?? words.hiddenRule, words.decision[decision], time(createdAt)],
      })),
      words.noGrants,
    ),
  );

export const personLine = ({ person }: ConversationDetail): Html =>
  html`<p class="note">${person.masked} · ${person.role} ${tag(person.standing, person.standing === 'in' ? 'good' : 'bad')} ${shortId(person.id)}</p>`;

/** What the person may: blocked, locked, role and budget of a day. The sentence that follows says what was refused. */
export function accessOf({ person }: ConversationDetail, path: string): Html {
  const change = (to: string, label: string, more: { confirm?: string; inside?: Html } = {}): Html =>
    action(`${path}/access`, label, { ...more, fields: { change: to } });
  const { block, unblock, lock, unlock, role, budget } = words.access;
  const roles = ROLES.map((name) => html`<option${name === person.role ? html` selected` : null}>${name}</option>`);
  const choice = html`<label>${words.role} <select name="role">${roles}</select></label>`;
  const amount = html`<label>${words.dollars} <input name="dollars" inputmode="decimal" size="6" required></label>`;
  return section(
    words.may,
    html`<div class="acts">${
      person.standing === 'blocked' ? change('unblock', unblock) : change('block', block, { confirm: words.asks.block })
    }${person.standing === 'locked' ? change('unlock', unlock) : change('lock', lock)}${change('role', role, { inside: choice })}${change('budget', budget, { inside: amount })}</div>`,
  );
}
