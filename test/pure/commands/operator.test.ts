import { expect, test } from 'vitest';
import { accessOf, withAccess } from '../../../src/conversation/state/access.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// /operator: when the directory is asked for a link, and where its answer may go.

const said = texts.access;
const LINK = said.operatorLink('https://relay.example.com/operator/login/x');

/** The wish that the last text made; empty if it made none. */
const wishIn = ({ effects }: Talk): string => {
  const [effect] = effects;
  return effect?.do === 'wish' ? effect.ref : '';
};
const answerTo = (talk: Talk, ref: string, text = LINK): void =>
  void talk.on({ type: 'wish-answered', ref, said: { text } });
const bySms = (talk: Talk): void => {
  const conversation = { ...talk.state.conversation, answerTo: '+15555550123' };
  talk.state = { ...talk.state, conversation };
};

test('asks for a link, or ends the logins', () => {
  const talk = new Talk();
  talk.text('/operator');
  expect(wishIn(talk)).toMatch(/^\w{26} \/operator $/);
  answerTo(talk, wishIn(talk));
  talk.text('/operator', 0, { secret: 'OFF' });
  expect(wishIn(talk)).toMatch(/^\w{26} \/operator off$/);
  talk.text('/operator', 0, { secret: 'please' });
  expect(wishIn(talk)).toBe('');
  expect(talk.bodies).toEqual([LINK, said.use.operator]);
});

test('no link leaves by SMS, also when the person goes over to SMS before it is there; the end of logins does', () => {
  const talk = new Talk();
  talk.text('/operator');
  const link = wishIn(talk);
  talk.text('/operator', 0, { secret: 'off' });
  const end = wishIn(talk);
  bySms(talk);
  answerTo(talk, link);
  answerTo(talk, end, said.operatorOff(1));
  expect(talk.bodies).toEqual([said.operatorElsewhere('SMS'), said.operatorOff(1)]);
  talk.state = { ...talk.state, conversation: { ...talk.state.conversation, address: '+15555550123', answerTo: null } };
  talk.text('/operator');
  expect(wishIn(talk)).toBe('');
  expect(talk.bodies.at(-1)).toBe(said.operatorElsewhere('SMS'));
});

test('with a PIN set it is asked for, and a right one is in no wish; /operator off needs none', () => {
  const talk = new Talk();
  talk.state = withAccess(talk.state, { pin: 'sealed 4821' });
  talk.text('/operator');
  talk.text('/operator', 0, { secret: '1111' });
  expect(wishIn(talk)).toBe('');
  expect(accessOf(talk.state).wrong).toBe(1);
  expect(talk.bodies).toEqual([said.operatorPin, said.wrongPin(4)]);
  talk.text('/operator', 0, { secret: '4821' });
  expect(wishIn(talk)).toMatch(/^\w{26} \/operator $/);
  expect(accessOf(talk.state).wrong).toBe(0);
  talk.text('/operator', 0, { secret: 'off' });
  expect(wishIn(talk)).toMatch(/ \/operator off$/);
});

test('after too many wrong PINs nobody gets a link', () => {
  const talk = new Talk();
  talk.state = withAccess(talk.state, { pin: 'sealed 4821', wrong: 20 });
  talk.text('/operator', 0, { secret: '4821' });
  expect(talk.bodies).toEqual([said.operatorAdmin]);
});
