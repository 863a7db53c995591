import { type QuietHours, readQuietHours } from '../../recurrence/quiet-hours.ts';
import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { askZone } from '../questions/own-prompts.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { clockOfPerson, zoneOf } from '../state/person-clock.ts';
import type { State } from '../state/state.ts';

// /quiet: sets the quiet hours. outbox/deferral.ts and turn/progress.ts keep messages back during them.

const said = texts.zones.quiet;

export function onQuiet(state: State, rest: string, ctx: Context): Decision {
  const say = (text: string, next = state): Decision => noEffects(enqueue(next, 'notice', [text], ctx));
  const wish = rest === '' ? null : readQuietHours(rest);
  if (rest !== '' && wish === null) return say(said.use);
  if (wish === 'off') return say(said.off, withHours(state, null));
  const zone = zoneOf(state, ctx.policy);
  const hours = wish ?? state.conversation.quiet;
  if (hours === null) return say(said.none);
  if (zone === null) return noEffects(askZone(state, `/quiet ${rest}`, ctx));
  const clock = clockOfPerson(state);
  if (wish === null) return say(said.hoursAre(hours, zone, clock));
  return say(said.hours(hours, zone, clock), withHours(state, hours));
}

/** Replies held by the old quiet hours leave now: a person who texts is awake (outbox/service-window.ts). */
const withHours = (state: State, quiet: QuietHours | null): State => ({
  ...state,
  conversation: { ...state.conversation, quiet },
});
