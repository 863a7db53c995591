import { html } from 'hono/html';
import { capabilitiesOf, explainError } from '../../../channels/registry.ts';
import type { ConversationDetail } from '../../../objects/conversation-detail.ts';
import type {
  AttemptItem,
  FileItem,
  QuestionItem,
  ReplyItem,
  RunItem,
  TextItem,
  TimelineItem,
  TurnItem,
} from '../../../objects/timeline.ts';
import { operatorConversation as words } from '../../../texts/operator-conversation.ts';
import { formatDollars } from '../../../texts/spending.ts';
import { action, facts, type Html, sessionLink, shortId, type Tone, tag, time, wait } from './parts.ts';

// The rows of a time line. Each opens to what is known of it.

/** `path`: the conversation's address. */
export const timelineRow = (item: TimelineItem, path: string): Html => {
  switch (item.kind) {
    case 'text':
      return textRow(item);
    case 'reply':
      return replyRow(item, path);
    case 'turn':
      return turnRow(item, path);
    case 'run':
      return runRow(item);
  }
};

/** `name`: the same with each rendering, so that the row stays open. Rows whose words are shown are open. */
const row = (name: string, at: number, head: Html, body: Html, tone: Tone, isOpen = false): Html =>
  html`<li class="event ${tone}" data-row><details id="${name}"${isOpen ? html` open` : null}><summary>${time(at)} <span>${head}</span></summary><div class="inside">${body}</div></details></li>`;

const said = (text: string | null): Html | null => (text === null ? null : html`<blockquote>${text}</blockquote>`);
const note = (text: string, is: boolean): Html | null => (is ? html`<p class="note">${text}</p>` : null);

/** What the conversation wakes for next. */
export function timerRow({ kind, about, dueAt, attempts }: ConversationDetail['timers'][number]): Html {
  const head = html`<b>${words.ahead}</b> ${words.timer(kind)}`;
  const body = facts([
    [words.facts.event, html`<code>${kind}</code>`],
    [words.facts.about, about !== null && (about.length > 20 && kind !== 'alert' ? shortId(about) : about)],
    [words.facts.tries, attempts],
  ]);
  return row(`w${kind}${about ?? ''}`, dueAt, head, body, 'calm');
}

function textRow(text: TextItem): Html {
  const tone = { waiting: 'warn', active: 'warn', consumed: 'calm', failed: 'bad' } as const;
  const state = words.textState(text.state, text.isStopped);
  const from = text.isOwn ? words.own : words.by(capabilitiesOf(`${text.scheme}:`).name);
  const beside = [text.command ?? '', words.chars(text.chars), from, filesOf(text.files)].filter((w) => w !== '');
  const head = html`<b>${words.text}</b> ${beside.join(', ')} ${tag(state, tone[text.state])}`;
  const body = html`${said(text.words)}${fileList(text.files)}${facts([
    [words.facts.id, `#${text.seq}`],
    [words.facts.project, text.project],
    [words.facts.action, text.action],
    [words.facts.turn, text.turn && shortId(text.turn)],
    [words.facts.run, text.run && shortId(text.run)],
  ])}`;
  return row(`t${text.seq}`, text.at, head, body, text.state === 'failed' ? 'bad' : 'calm', text.words !== null);
}

const filesOf = (files: readonly FileItem[]): string => (files.length === 0 ? '' : words.files(files.length));
const fileList = (files: readonly FileItem[]): Html | null =>
  files.length === 0
    ? null
    : html`<ul>${files.map(({ name, type, size, state }) => {
        const known = [name ?? words.hiddenName, type, size === null ? '' : words.bytes(size), state];
        return html`<li>${known.filter((part) => part !== '').join(' · ')}</li>`;
      })}</ul>`;

const REPLY_TONES: Readonly<Record<string, Tone>> = {
  failed: 'bad',
  parked: 'bad',
  unknown: 'warn',
  held: 'warn',
  ready: 'warn',
  sending: 'warn',
  delivered: 'good',
  read: 'good',
};

function replyRow(reply: ReplyItem, path: string): Html {
  const tone = REPLY_TONES[reply.state] ?? 'calm';
  const isTroubled = ['parked', 'held', 'failed'].includes(reply.state);
  const why = reply.errorCode === null ? null : `${reply.errorCode}: ${explainError(reply.errorCode)}`;
  const by = words.by(capabilitiesOf(`${reply.scheme}:`).name);
  const head = html`<b>${words.reply(reply.said)}</b> ${words.chars(reply.chars)}, ${by} ${tag(words.replyState(reply.state), tone)}${
    why === null ? null : html` ${why}`
  }`;
  const fields = { do: 'resend', reply: reply.id };
  const again = action(`${path}/act`, words.acts.resend, { confirm: words.asks.resend, fields });
  const body = html`${said(reply.words)}${note(words.facts.template, reply.hasTemplate)}${note(
    words.facts.given,
    reply.isGiven,
  )}${note(words.facts.doubled, reply.isDoubled)}${facts([
    [words.facts.id, html`#${reply.seq} ${shortId(reply.id)}`],
    [words.facts.turn, reply.turn && shortId(reply.turn)],
    [words.facts.run, reply.run && shortId(reply.run)],
    [words.facts.left, reply.leftAt === null ? null : time(reply.leftAt)],
    [words.facts.tries, reply.tries > 1 && reply.tries],
    [words.facts.journalled, reply.troubledSince !== null && time(reply.troubledSince)],
  ])}${isTroubled ? again : null}`;
  return row(`r${reply.seq}`, reply.at, head, body, tone === 'bad' ? 'bad' : 'calm', reply.words !== null);
}

function runRow(run: RunItem): Html {
  const isBad = run.state === 'failed';
  const why = run.code === null ? words.runNote(run.note) : `${run.code}: ${explainError(run.code)}`;
  const head = html`<b>${words.run(run.schedule)}</b> ${tag(run.state, isBad ? 'bad' : 'calm')}${why === null ? null : html` ${why}`}`;
  const body = facts([
    [words.facts.id, shortId(run.id)],
    [words.facts.due, time(run.dueAt)],
    [words.facts.ended, run.endedAt === null ? null : time(run.endedAt)],
  ]);
  return row(`s${run.id}`, run.at, head, body, isBad ? 'bad' : 'calm');
}

/** What happened beside the attempts, oldest first. */
function happenedIn({ happened, sessionBegan }: TurnItem): { at: number; said: string }[] {
  const began = sessionBegan === null ? [] : [{ at: sessionBegan, said: words.sessionBegan }];
  return [...happened.map(({ what, at }) => ({ at, said: words.happening(what) })), ...began].sort(
    (a, b) => a.at - b.at,
  );
}

function turnRow(turn: TurnItem, path: string): Html {
  const tone = { open: 'warn', stopping: 'warn', done: 'good', failed: 'bad' } as const;
  const isStopping = turn.state === 'open' && turn.stoppingSince !== null;
  // A turn whose agent said that it failed has answered that.
  const isFailed = turn.state === 'done' && turn.attempts.at(-1)?.outcome === 'failed';
  const state = isFailed ? 'failed' : isStopping ? 'stopping' : turn.state;
  const lasted = turn.endedAt === null ? '' : wait(turn.endedAt - turn.at);
  const calls = turn.attempts.reduce((sum, { steps, leftOut }) => sum + (steps?.length ?? 0) + leftOut, 0);
  const came = turn.cameFrom === null ? '' : words.cameFrom(turn.cameFrom);
  const parts = [came, words.attempts(turn.attempts.length), calls > 0 ? words.tools(calls) : '', lasted];
  const cost = turn.spentMicros > 0 ? formatDollars(turn.spentMicros) : '';
  const happened = happenedIn(turn);
  const head = html`<b>${words.turn(turn.project)}</b> ${[...parts, cost].filter((part) => part !== '').join(', ')} ${tag(
    words.turnState[state],
    tone[state],
  )}`;
  const body = html`${turn.why === null ? null : html`<p class="why">${words.why(turn.why)}</p>`}${note(
    words.facts.deep,
    turn.isDeep,
  )}${happened.length === 0 ? null : html`<ul>${happened.map(({ at, said }) => html`<li>${time(at)} ${said}</li>`)}</ul>`}<ol class="attempts">${turn.attempts.map(attemptOf)}</ol>${
    turn.questions.length === 0 ? null : html`<ul>${turn.questions.map(questionOf)}</ul>`
  }${fileList(turn.files)}${facts([
    [words.facts.id, shortId(turn.id)],
    [words.session, turn.session && sessionLink(turn.session, path)],
    [words.facts.cost, cost],
    [words.facts.run, turn.run && shortId(turn.run)],
    [words.facts.crashes, turn.crashes + turn.restarts > 0 && `${turn.crashes}, ${turn.restarts}`],
    [words.facts.place, turn.place],
    [words.facts.unreachable, turn.unreachableSince !== null && time(turn.unreachableSince)],
    [words.facts.stopping, isStopping && time(turn.stoppingSince)],
  ])}`;
  return row(`u${turn.id}`, turn.at, head, body, state === 'failed' ? 'bad' : 'calm');
}

function attemptOf(attempt: AttemptItem): Html {
  const { n, outcome, reason, openedAt, endedAt, steps, leftOut } = attempt;
  const isBad = outcome !== null && outcome !== 'done' && outcome !== 'stopped';
  const state = tag(words.outcome(outcome), isBad ? 'bad' : outcome === 'done' ? 'good' : 'warn');
  const lasted = endedAt === null ? null : wait(endedAt - openedAt);
  const waited =
    attempt.waitedMs > 0 ? html`<p class="note">${words.facts.waited}: ${wait(attempt.waitedMs)}</p>` : null;
  return html`<li><p><b>${words.attempt(n)}</b> ${time(openedAt)} ${lasted} ${state}${
    reason === null ? null : html` <span>${reason}</span>`
  }</p>${waited}${stepsOf(steps, endedAt !== null)}${leftOut > 0 ? html`<p class="note">${words.toolsLeftOut(leftOut)}</p>` : null}</li>`;
}

function stepsOf(steps: AttemptItem['steps'], isOver: boolean): Html | null {
  if (steps === null) return isOver ? html`<p class="note">${words.noTools}</p>` : null;
  const tones = { ok: 'good', error: 'bad', cut: 'warn' } as const;
  const list = steps.map(
    ({ name, after_ms, ms, outcome }) =>
      html`<li><code>${name}</code> <span>${words.after(wait(after_ms))}</span> <span>${ms === null ? words.none : wait(ms)}</span> ${tag(words.outcomes[outcome], tones[outcome])}</li>`,
  );
  return html`<ul class="steps" aria-label="${words.tools(steps.length)}">${list}</ul>`;
}

function questionOf(question: QuestionItem): Html {
  const { ask, askedAt, answeredAt, answer, state, words: text } = question;
  const waited = answeredAt === null ? words.questionState(state) : `${answer ?? ''} (${wait(answeredAt - askedAt)})`;
  return html`<li>${time(askedAt)} ${words.question(ask)}: ${waited}${said(text)}</li>`;
}
