import { texts } from '../../texts/index.ts';
import { FORGET_WORDS } from '../../texts/privacy.ts';
import { enqueue, sendWordButtons } from '../outbox/replies.ts';
import { askForgetWord } from '../questions/own-prompts.ts';
import type { Context } from '../state/events.ts';
import { addressesOfPerson, listedNamesOf } from '../state/person.ts';
import { roleOf } from '../state/standing.ts';
import type { State } from '../state/state.ts';

// /forget: says what is deleted and what stays, and asks twice: with a button or the words after the command, and for
// a word that nobody taps or types by accident.

export function onForget(state: State, rest: string, ctx: Context): State {
  const said = texts.privacy;
  const asked = rest.toLowerCase().replace(/\s+/g, ' ');
  if (asked === FORGET_WORDS.all) return askForgetWord(state, false, ctx);
  if (asked === FORGET_WORDS.carrier.toLowerCase()) return askForgetWord(state, true, ctx);
  if (asked !== '') return enqueue(state, 'notice', [said.forgetUse], ctx);
  // Only a carrier that lists sent messages can delete its copies.
  const isKept = addressesOfPerson(state).some((each) => ctx.channelOf(each).reconcile === 'list');
  const buttons = [
    { title: said.forgetAll, says: `/forget ${FORGET_WORDS.all}` },
    ...(isKept ? [{ title: said.forgetCarrier, says: `/forget ${FORGET_WORDS.carrier}` }] : []),
  ];
  const isOwner = roleOf(state, ctx) === 'owner' && !listedNamesOf(state).some(ctx.isOwner);
  const [text, plain] = [said.forgetAsk(true, { isOwner, isKept }), said.forgetAsk(false, { isOwner, isKept })];
  return sendWordButtons(state, { text, plain, buttons }, ctx);
}
