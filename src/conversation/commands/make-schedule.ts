import type { Command, CommandName } from '../../input/command.ts';
import { readCommandInput } from '../../recurrence/parse/command-input.ts';
import { texts } from '../../texts/index.ts';
import { sendNotice, sendWordButtons } from '../outbox/replies.ts';
import { askZone } from '../questions/own-prompts.ts';
import { askRecipients, commandOfAsk, isAsked } from '../schedules/ask-recipients.ts';
import { createSchedule } from '../schedules/create.ts';
import { othersOf } from '../schedules/fan-out.ts';
import { describeSchedule } from '../schedules/format.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { activeProjectOf, type State, withoutTimer } from '../state/state.ts';

// /schedule, /remind and /standup. A schedule for other people is created when their homes have said that they may text
// Roost.

const said = texts.scheduleAnswers;

const MAKING = ['schedule', 'remind', 'standup'] as const;
export type Making = (typeof MAKING)[number];
export const isMaking = (name: CommandName): name is Making => MAKING.some((each) => each === name);
type Wanted = { name: Making; rest: string };

export const makeSchedule = (state: State, wanted: Wanted, ctx: Context): Decision => make(state, wanted, ctx, false);

/** Every other recipient's home has answered. A second answer to the same question changes nothing. */
export function onRecipientsAnswered(
  state: State,
  { ref, mayAll }: Extract<Event, { type: 'recipients-answered' }>,
  ctx: Context,
): Decision {
  const wanted = commandOfAsk(ref);
  if (!isAsked(state, ref) || wanted === null || !isMaking(wanted.name)) return noEffects(state);
  const settled = withoutTimer(state, 'recipients', ref);
  if (!mayAll) return noEffects(sendNotice(settled, said.others, ctx));
  return make(settled, { name: wanted.name, rest: wanted.rest }, ctx, true);
}

/** `mayAll`: the homes of all other recipients have said yes. */
function make(state: State, { name, rest }: Wanted, ctx: Context, mayAll: boolean): Decision {
  const say = (text: string, next = state): Decision => noEffects(sendNotice(next, text, ctx));
  const reading = readCommandInput(name, rest);
  if (reading.kind === 'refused') {
    const { refusal } = reading;
    const what = refusal.why === 'missingColon' && name !== 'standup' ? refusal.what : null;
    if (what === null || what.length > WHAT_CHARS) return say(texts.scheduleRefusal(refusal));
    return noEffects(askWhen(state, name === 'remind' ? 'remind' : 'schedule', what, ctx));
  }
  const { check, prompt, ...input } = reading.input;
  const plan = {
    ...input,
    kind: name === 'remind' ? ('text' as const) : ('agent' as const),
    project: activeProjectOf(state).id,
    prompt: prompt === '' ? said.standupPrompt : prompt,
    checkCommand: check,
    standup: name === 'standup',
  };
  const made = createSchedule(state, plan, ctx);
  if (made.kind === 'refused') return say(made.reason);
  if (made.kind === 'zone-needed') return askZoneFor(state, { name, rest }, ctx);
  const others = othersOf(state, made.schedule, ctx);
  if (others.length > 0 && !mayAll) return askRecipients(state, { name, rest }, others, ctx);
  return say(said.made(describeSchedule(made.state, made.schedule, true, ctx)), made.state);
}

/** A button holds 200 characters, and these stand behind the time. */
const WHAT_CHARS = 160;

/** Asks for the time, with buttons for the usual ones. */
function askWhen(state: State, name: 'schedule' | 'remind', what: string, ctx: Context): State {
  const { ask, times } = said.when[name];
  const buttons = times.map(({ title, when }) => ({ title, says: `/${name} ${when}: ${what}` }));
  const text = ask(buttons[0]?.says ?? '');
  return sendWordButtons(state, { text, plain: text, buttons }, ctx);
}

/** Asks for the zone; the command runs again once Roost knows it. */
export const askZoneFor = (state: State, { name, rest }: Command, ctx: Context): Decision =>
  noEffects(askZone(state, `/${name} ${rest}`, ctx));
