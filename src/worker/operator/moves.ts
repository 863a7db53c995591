import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import * as z from 'zod/mini';
import { schemeOf } from '../../addresses.ts';
import { channelOf, isKnownAddress, sendersOf } from '../../channels/registry.ts';
import type { Config } from '../../config/config.ts';
import type { SenderMove } from '../../conversation/state/sender-move.ts';
import { directoryOf } from '../../objects/namespaces.ts';
import type { MoveShown } from '../../objects/sender-moves.ts';
import type { AppEnv } from '../configuration.ts';

// Moves everybody from one of our senders to another, for `npm run move-sender`.

type C = Context<AppEnv>;

export const moves = new Hono<AppEnv>();

const NAME_MS = 8000;
const Asked = z.strictObject({
  from: z.string().check(z.refine(isKnownAddress)),
  to: z.string().check(z.maxLength(160)),
  works: z._default(z.boolean(), false),
  /** Says what would happen to the people after a number, and changes nothing. */
  plan: z._default(z.boolean(), false),
  after: z._default(z.int().check(z.minimum(0)), 0),
});
const SEND = 'Send JSON: {"from": "whatsapp:+15555550100", "to": "telegram"} with "works" and "plan" if you want them.';

moves.post('/', async (c) => {
  const asked = Asked.safeParse(await c.req.json().catch(() => null));
  if (!asked.success) return c.json({ error: SEND }, 400);
  const config = c.get('config');
  const { plan, after, works, from } = asked.data;
  const to = findSender(asked.data.to, from, config);
  if (to === null) return c.json({ error: explainSenders(from, config) }, 400);
  const move: SenderMove = { from, to, works };
  const directory = directoryOf(c.env, config);
  if (plan) {
    const { planned, next } = await directory.moveSender({ do: 'plan', move, after });
    return c.json({ to, planned, next });
  }
  const { askName } = channelOf(to);
  const name = askName === undefined ? null : await askName(config, NAME_MS);
  if (askName !== undefined && name === null)
    return c.json(
      { error: `${channelOf(to).service.name} doesn’t answer, so there is no link to give. Try again.` },
      503,
    );
  const begun = await directory.moveSender({ do: 'begin', move, name, actor: c.get('operator').id });
  if (begun.isBusy) return c.json({ error: 'Another move is under way.', ...show(begun.move) }, 409);
  return c.json(show(begun.move), 202);
});

moves.get('/', async (c) => c.json(show((await ask(c, { do: 'show' })).move)));

moves.get('/people', async (c) => {
  const after = Number(c.req.query('after') ?? 0) || 0;
  const { move, people, next } = await ask(c, { do: 'list', way: c.req.query('way') ?? 'nobody', after });
  return c.json({ ...show(move), people, next });
});

moves.post('/stop', async (c) => c.json(show((await ask(c, { do: 'stop', actor: c.get('operator').id })).move), 202));

const ask = (c: C, what: Parameters<ReturnType<typeof directoryOf>['moveSender']>[0]) =>
  directoryOf(c.env, c.get('config')).moveSender(what);

/** Our sender of that address, or the first of that channel; null if there is no other one that is on. */
function findSender(named: string, from: string, config: Config): string | null {
  const open = sendersOf(config).filter((sender) => sender !== from && channelOf(sender).isOn(config));
  return open.find((sender) => sender === named) ?? open.find((sender) => schemeOf(sender) === named) ?? null;
}

function explainSenders(from: string, config: Config): string {
  const open = sendersOf(config).filter((sender) => sender !== from && channelOf(sender).isOn(config));
  return open.length === 0
    ? 'There is no other sender. Add one to TWILIO_SENDERS, or set TELEGRAM_BOT_TOKEN, and deploy.'
    : `"to" has to be another sender of ours: ${open.join(', ')}.`;
}

const show = (move: MoveShown | null) => ({
  move: move && {
    ...{ id: move.id, from: move.from, to: move.to, state: move.state, ways: move.ways },
    begun_at: new Date(move.begunAt).toISOString(),
    ended_at: move.endedAt === null ? null : new Date(move.endedAt).toISOString(),
  },
});
