import { expect, test } from 'vitest';
import { TOKEN_ENDS_MS } from '../../../src/conversation/policy/connections.ts';
import { withConnection } from '../../../src/conversation/repositories/connections.ts';
import type { Connection } from '../../../src/conversation/state/connections.ts';
import { texts } from '../../../src/texts/index.ts';
import { DAY, HOUR } from '../../../src/units.ts';
import { Talk } from '../conversation.ts';
import { Home } from '../home.ts';

const host = 'github.com';
const row: Connection = {
  host,
  kind: 'token',
  state: 'good',
  login: 'mara',
  name: null,
  email: null,
  sealed: 'v1.first',
  expiresAt: null,
  connectedAt: 1,
  usedAt: null,
};

function connected(): Talk {
  const talk = new Talk();
  talk.state = withConnection(talk.state, row);
  return talk;
}
const only = (talk: Talk): Connection | undefined => talk.state.connections[0];

test('the last use is noted once an hour', () => {
  const talk = connected();
  const began = talk.now;
  talk.on({ type: 'connection', host, what: { is: 'used' } });
  talk.now = began + HOUR - 1;
  talk.on({ type: 'connection', host, what: { is: 'used' } });
  expect(only(talk)?.usedAt).toBe(began);
  talk.now = began + HOUR;
  talk.on({ type: 'connection', host, what: { is: 'used' } });
  expect(only(talk)?.usedAt).toBe(began + HOUR);
});

test('what was learnt of an earlier credential changes nothing of the present one', () => {
  const talk = connected();
  talk.on({ type: 'connection', host, what: { is: 'refused', was: 'v1.before' } });
  talk.on({ type: 'connection', host, what: { is: 'sealed', was: 'v1.before', sealed: 'v1.other' } });
  expect(only(talk)).toEqual(row);
  talk.on({ type: 'connection', host, what: { is: 'sealed', was: 'v1.first', sealed: 'v1.again' } });
  talk.on({ type: 'connection', host, what: { is: 'refused', was: 'v1.again' } });
  expect(only(talk)).toEqual({ ...row, state: 'refused', sealed: 'v1.again' });
});

test('a request that was under way when the host refused the credential doesn’t make it good again', () => {
  const talk = connected();
  const refused = { type: 'connection', host, what: { is: 'refused', was: 'v1.first' } } as const;
  for (const event of [refused, { type: 'connection', host, what: { is: 'used' } } as const, refused]) talk.on(event);
  expect(only(talk)?.state).toBe('refused');
  expect(talk.bodies.filter((body) => body === texts.connections.refusedByHost(host))).toHaveLength(1);
});

test('nothing is noted about a host without an account', () => {
  const talk = connected();
  talk.on({ type: 'connection', host: 'gitlab.com', what: { is: 'used' } });
  expect(talk.state.connections).toEqual([row]);
});

test('a guest by now gets no account by the device flow, and it is ended at its host', () => {
  const talk = new Talk(0, { connects: 'device' });
  talk.text('/github');
  const id = talk.state.conversation.connecting?.id ?? '';
  talk.isAdmin = false;
  talk.on({ type: 'access', change: { to: 'role', role: 'guest' }, op: null });
  talk.effects = [];
  const found = { ...row, kind: 'device', code: '' } as const;
  talk.on({ type: 'connect-step', id, step: { is: 'account', found } });
  expect(talk.state.connections).toEqual([]);
  expect(talk.effects).toEqual([{ do: 'revoke', host, sealed: row.sealed }]);
});

test('a device’s code is given to nobody by SMS, also if /github was texted elsewhere: it is over, and they are told', () => {
  const talk = new Home('sms');
  Object.assign(talk.policy, { connects: 'device' });
  talk.text('/github');
  const id = talk.state.conversation.connecting?.id ?? '';
  talk.from('sms', '/verbose');
  const address = 'https://github.com/login/device';
  const of = { sealed: 'x', intervalMs: 5000, expiresAt: talk.now + 60_000 };
  talk.on({ type: 'connect-step', id, step: { is: 'code', code: 'ABCD-1234', address, ...of } });
  expect(talk.bodies.filter((body) => body.includes('ABCD-1234'))).toEqual([]);
  expect(talk.bodies.at(-1)).toBe(texts.connections.notHere('SMS'));
  expect(talk.state.conversation.connecting).toBeNull();
});

test.each([
  ['its person is told, once', {}, 1],
  ['nobody is told of one that was replaced', { expiresAt: null }, 0],
  ['nobody is told of one that the host refused already', { state: 'refused' }, 0],
] as const)('seven days before a token ends %s', (_, change, times) => {
  const talk = new Talk(0, { connects: 'form' });
  talk.text('/github');
  const id = talk.state.conversation.connecting?.id ?? '';
  const expiresAt = talk.now + 90 * DAY;
  const found = { ...row, kind: 'token', expiresAt, code: 'ABCDEFGH' } as const;
  talk.on({ type: 'connect-step', id, step: { is: 'found', found } });
  talk.text('/github ABCD-EFGH');
  const timer = talk.state.timers.find(({ kind }) => kind === 'token-ends');
  expect(timer?.dueAt).toBe(expiresAt - TOKEN_ENDS_MS);
  talk.state = withConnection(talk.state, { ...row, expiresAt, ...change });
  talk.fire('token-ends');
  expect(talk.state.timers.filter(({ kind }) => kind === 'token-ends')).toEqual([]);
  const told = texts.connections.tokenEnds(host, expiresAt);
  expect(talk.bodies.filter((body) => body === told)).toHaveLength(times);
});
