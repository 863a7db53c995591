import { ask, atLook, atWork, crash, flow, HOUR, model, move, type Plays, text, wait } from './world-shorthands.ts';

// Known conversations in which the model costs money.

/** A turn's budget has 300,000 micro-dollars, a day's 500,000, and an answer like these takes 125,000. */
export const moneyPlays: Plays = {
  'the last of a turn’s budget': [
    ...atLook,
    text('/budget 5 a day'),
    ...[ask(5), model('whole'), model('whole'), ask(5), model('whole'), ask(1), move, flow],
    text('/retry'),
    ...[move, ask(1), model('whole'), flow],
  ],
  'a turn that a budget ended goes on the next day': [
    ...atLook,
    text('/budget 0.20 today'),
    ...[ask(1), model('whole'), ask(1), model('whole'), ask(1), move],
    wait(25 * HOUR),
    ...[move, ask(1), model('whole'), flow],
  ],
  'a budget that is raised': [
    ...atLook,
    text('/budget 0.20 today'),
    ...[ask(2), model('whole'), model('cut'), ask(1), move],
    text('/budget 1 a day'),
    ...[move, ask(3), model('whole'), flow],
  ],
  'answers that are cut, lost, and told late and again': [
    ...atLook,
    ask(4),
    ...[model('cut', 1), model('unseen'), model('never told'), crash, model('told again'), model('told again'), flow],
    ...[model('whole'), model('told again')],
  ],
  'a run without budget': [
    ...atWork,
    text('/budget 0.20 today'),
    ...[ask(2), model('whole'), model('whole'), ask(1), flow],
    wait(HOUR),
    flow,
  ],
};
