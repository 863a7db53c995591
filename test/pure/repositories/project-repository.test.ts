import { expect, test } from 'vitest';
import { splitRepository } from '../../../src/conversation/commands/project-repository.ts';
import { lookUpRef, readLookUp } from '../../../src/conversation/repositories/look-up.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// What follows /project new: a name, and a repository as its last word.

const said = texts.connections;

test.each([
  ['shop https://github.com/mara/shop', { label: 'shop', address: 'https://github.com/mara/shop' }],
  ['Corner shop  mara/shop', { label: 'Corner shop', address: 'mara/shop' }],
  ['shop git@github.com:mara/shop.git', { label: 'shop', address: 'git@github.com:mara/shop.git' }],
  ['https://github.com/mara/shop.git', { label: 'shop', address: 'https://github.com/mara/shop.git' }],
  ['shop git.example.com/team/web/shop', { label: 'shop', address: 'git.example.com/team/web/shop' }],
  ['shop', null],
  ['Corner shop', null],
  // A name of one word may have a slash.
  ['and/or', null],
  ['', null],
])('%j is read as %j', (text, split) => {
  expect(splitRepository(text)).toEqual(split);
});

test('a look-up reads back as it was written', () => {
  const ask = { use: 'new' as const, host: 'git.example.com:8443', path: 'team/web/shop', name: 'Corner shop' };
  expect(readLookUp(lookUpRef(ask))).toEqual(ask);
  expect(readLookUp(`${'0'.repeat(26)} ${lookUpRef(ask)}`)).toEqual(ask);
});

test.each([
  ['https://mara:ghp_x@github.com/mara/shop', 'secret'],
  ['http://github.com/mara/shop', 'insecure'],
  ['https://github.com/mara', 'unreadable'],
  ['https://127.0.0.1/mara/shop', 'unreadable'],
] as const)('%s makes no project, and the person reads why', (address, why) => {
  const talk = new Talk(0, { connects: 'form' });
  talk.text(`/project new shop ${address}`);
  expect(talk.bodies.at(-1)).toContain(said.badAddress[why]);
  expect(talk.state.projects).toHaveLength(1);
});

test('a name that is taken is refused before any host is asked', () => {
  const talk = new Talk(0, { connects: 'form' });
  talk.text('/project new shop');
  talk.text('/project new Shop mara/shop');
  expect(talk.bodies.at(-1)).toBe(texts.projects.taken('shop'));
  expect(talk.effects).toEqual([]);
});

test.each(['form', 'device', 'app'] as const)('a guest connects no account on the way, by %s', (connects) => {
  const talk = new Talk(0, { connects });
  talk.isAdmin = false;
  talk.on({ type: 'access', change: { to: 'role', role: 'guest' }, op: null });
  talk.text('/project new shop mara/shop');
  expect(talk.bodies.at(-1)).toBe(said.lookUpRefused('github.com', 'mara/shop', 'guest'));
  expect(talk.state.conversation.connecting).toBeNull();
  expect(talk.effects).toEqual([]);
});
