import type { Context } from 'hono';
import { isHostName } from '../../git/repository-address.ts';
import type { AccessChange } from '../../input/access-command.ts';
import { readDollars } from '../../input/dollars.ts';
import { readReason } from '../../input/reason.ts';
import { ROLES } from '../../input/roles.ts';
import { reasonOf, report } from '../../log.ts';
import type { ConversationDetail } from '../../objects/conversation-detail.ts';
import { type ConversationStub, directoryOf, getConversation, retryOnce } from '../../objects/namespaces.ts';
import type { PressedWish } from '../../objects/operate.ts';
import type { Timeline } from '../../objects/timeline.ts';
import { operatorConversation as words } from '../../texts/operator-conversation.ts';
import { withTimeout } from '../../timeout.ts';
import type { AppEnv } from '../configuration.ts';
import { askFirst, isSure } from './ask-first.ts';
import { answer } from './door.ts';
import { isPress } from './press.ts';
import { conversationView, readCursor } from './views/conversation.ts';
import { goTo, showPage } from './views/layout.ts';

// One conversation on the operator's page: shows it, shows people's words for a reason, and acts. What an operator does
// is in the audit before it is done.

export type C = Context<AppEnv, '/people/:id/act'>;

const PAGE_ITEMS = 50;
const ANSWER_MS = 5000;

export const pathOf = (c: C): string => `/operator/people/${c.req.param('id')}`;

/** Null: the id names no object of this deployment. */
export function homeOf(c: C): ConversationStub | null {
  try {
    return getConversation(c.env, c.get('config'), c.req.param('id'));
  } catch {
    return null;
  }
}

export function showConversation(c: C): Promise<Response> {
  return render(c, c.req.query('before'), null);
}

/** Loaded again without the form, the words are hidden. */
export async function showWithoutWords(c: C): Promise<Response> {
  return c.req.header('x-part') === 'main' ? render(c, undefined, null) : c.redirect(pathOf(c), 303);
}

export async function showWords(c: C): Promise<Response> {
  const { reason, before } = await fieldsOf(c);
  const why = readReason(reason);
  if (why === null) return answer(c, words.noReason, 403);
  await record(c, 'read what they wrote', why, null);
  return render(c, before === '' ? undefined : before, why);
}

export async function act(c: C): Promise<Response> {
  const fields = await fieldsOf(c);
  const wish = readWish(fields);
  if (wish === null || !isPress(fields.op)) return answer(c, words.wrongAct, 403);
  const asked = await askBefore(c, wish.do, words.acts[wish.do]);
  if (asked !== null) return asked;
  await record(c, wish.do, detailOf(wish), fields.op);
  const outcome = await ask(async () => homeOf(c)?.operate(wish, fields.op) ?? 'gone');
  if (outcome === null) {
    await record(c, `${wish.do}: no answer`, detailOf(wish), null);
    return answer(c, words.unsure, 503);
  }
  if (outcome !== 'done') await record(c, `${wish.do}: ${outcome}`, detailOf(wish), null);
  if (outcome === 'gone') return answer(c, words.gone, 410);
  return goTo(c, pathOf(c), outcome);
}

/** Changes what the person may, as an admin does from their chat; the home decides and the directory keeps the audit. */
export async function changeAccess(c: C): Promise<Response> {
  const { op, change: to, role, dollars } = await fieldsOf(c);
  const change = readChange(to, role, dollars);
  if (change === null || !isPress(op)) return answer(c, words.wrongAct, 403);
  const asked = change.to === 'block' ? await askBefore(c, change.to, words.access.block) : null;
  if (asked !== null) return asked;
  const by = c.get('operator');
  const wish = { op: 'change', who: c.req.param('id'), change } as const;
  const told = await ask(() => directoryOf(c.env, c.get('config')).wish(wish, { id: by.id, role: by.role }, op));
  return told === null ? answer(c, words.unsure, 503) : render(c, undefined, null, told.text);
}

/** The page with the question; null if the action can be undone or the operator has confirmed. */
async function askBefore(c: C, name: string, button: string): Promise<Response | null> {
  const text = Object.hasOwn(words.asks, name) ? words.asks[name as keyof typeof words.asks] : null;
  if (text === null || (await isSure(c))) return null;
  const person = await ask(async () => (await homeOf(c)?.entry()) ?? null);
  const about = person && [person.name, person.masked].filter((part) => part !== null).join(', ');
  return askFirst(c, { text, about, button, back: pathOf(c) });
}

function readChange(to: string, role: string, dollars: string): AccessChange | null {
  if (to === 'block' || to === 'unblock' || to === 'lock' || to === 'unlock') return { to };
  const named = ROLES.find((each) => each === role);
  if (to === 'role') return named === undefined ? null : { to, role: named };
  const micros = readDollars(dollars);
  return to === 'budget' && typeof micros === 'number' ? { to, micros, per: 'day' } : null;
}

/** `told`: what the last action did. */
async function render(
  c: C,
  before: string | undefined,
  reason: string | null,
  told: string | null = null,
): Promise<Response> {
  const asked = { before: readCursor(before), limit: PAGE_ITEMS, shows: reason !== null };
  const found = await ask(async () => {
    const home = homeOf(c);
    const [detail, timeline] = await Promise.all([home?.detail(asked.shows), home?.timeline(asked)]);
    return { detail, timeline };
  });
  if (found === null) return answer(c, words.silent, 503);
  if (!found.detail || !found.timeline) return answer(c, words.gone, 404);
  // RPC's types wrap plain data.
  const [detail, timeline] = [found.detail as ConversationDetail, found.timeline as Timeline];
  const main = conversationView({ detail, timeline, path: pathOf(c), reason, isNewest: asked.before === null, told });
  return showPage(c, { title: detail.person.name ?? detail.person.masked, view: 'people', main });
}

/** Null: the object gave no answer in time. */
export async function ask<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await withTimeout(ANSWER_MS, retryOnce(call));
  } catch (error) {
    report({ level: 'warn', event: 'operator-no-answer', reason: reasonOf(error) });
    return null;
  }
}

export const record = (c: C, action: string, detail: string, op: string | null): Promise<void> =>
  directoryOf(c.env, c.get('config')).recordAudit(
    { actor: c.get('operator').id, action, subject: c.req.param('id'), detail },
    op,
  );

const FIELDS = [
  'op',
  'do',
  'turn',
  'failed',
  'session',
  'reply',
  'schedule',
  'host',
  'reason',
  'before',
  'change',
  'role',
  'dollars',
] as const;
const ID = /^[\w-]{1,64}$/;
type Fields = Record<(typeof FIELDS)[number], string>;

export async function fieldsOf(c: C): Promise<Fields> {
  const body = await c.req.parseBody();
  const fields = FIELDS.map((name) => [name, typeof body[name] === 'string' ? body[name] : '']);
  return Object.fromEntries(fields) as Fields;
}

function readWish(fields: Fields): PressedWish | null {
  const { do: name, turn, failed, session, reply, schedule, host } = fields;
  switch (name) {
    case 'stop':
      return turn === '' || ID.test(turn) ? { do: name, turn: turn || null } : null;
    case 'retry':
      return ID.test(failed) ? { do: name, failed } : null;
    case 'reset-session':
      return ID.test(session) ? { do: name, session } : null;
    case 'disconnect':
      return isHostName(host) ? { do: name, host } : null;
    case 'make-copy':
    case 'wake-machine':
    case 'restart-machine':
      return { do: name };
    case 'pause-schedule':
    case 'resume-schedule':
      return /^\d{1,6}$/.test(schedule) ? { do: name, schedule: Number(schedule) } : null;
    case 'resend':
      return ID.test(reply) ? { do: name, reply } : null;
    default:
      return null;
  }
}

/** What the wish is about. */
function detailOf({ do: _, ...about }: PressedWish): string {
  const [name] = Object.values<string | number | null>(about);
  return `${name ?? ''}`;
}
