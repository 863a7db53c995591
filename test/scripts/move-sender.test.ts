import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { moveEverybody } from '../../scripts/production/move-sender.ts';

// `npm run move-sender` against a relay that answers as the test says.

let relay: Server;
let asked: string[];
let answers: [status: number, json: object][];
let said: string[];

beforeEach(async () => {
  [asked, answers, said] = [[], [], []];
  relay = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    asked.push(`${request.method} ${request.url} ${body}`.trim());
    const [status, json] = answers.shift() ?? [500, {}];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  });
  await new Promise<void>((listening) => relay.listen(0, '127.0.0.1', listening));
});
afterEach(() => new Promise((closed) => relay.close(closed)));

const runs = (...argv: string[]): Promise<number> => {
  const PUBLIC_URL = `http://127.0.0.1:${(relay.address() as AddressInfo).port}/`;
  const screen = { out: (line: string) => void said.push(line), pause: async () => undefined };
  return moveEverybody(argv, { PUBLIC_URL, OPERATOR_TOKEN: 'x'.repeat(24) }, screen);
};
const FROM = ['--from', 'whatsapp:+15555550100', '--to', 'sms'];
const moved = (state: string, ways: object) => ({ move: { state, ways, to: '+15555550100' } });

test('without --yes it counts people and money over all pages, and begins nothing', async () => {
  const person = (way: string) => ({ n: 1, masked: 'WhatsApp …0123', way, micros: way === 'new' ? 150_000 : 0 });
  answers = [
    [200, { to: '+15555550100', planned: [person('new')], next: 50 }],
    [200, { to: '+15555550100', planned: [person('new'), person('nobody')], next: null }],
  ];
  expect(await runs(...FROM)).toBe(0);
  expect(asked.map((each) => JSON.parse(each.split(' ')[2] ?? '') as object)).toEqual([
    { from: 'whatsapp:+15555550100', to: 'sms', works: false, plan: true, after: 0 },
    { from: 'whatsapp:+15555550100', to: 'sms', works: false, plan: true, after: 50 },
  ]);
  expect(said).toContain('2 hear of it from the new sender');
  expect(said).toContain('  not reached: WhatsApp …0123');
  expect(said.at(-1)).toContain('$0.30');
});

test('with --yes it begins, watches one that is under way as well, and lists whom nothing reaches', async () => {
  for (const begun of [202, 409]) {
    said = [];
    answers = [
      [begun, begun === 409 ? { error: 'Another move is under way.' } : moved('running', {})],
      [200, moved('running', { new: 1 })],
      [200, moved('done', { new: 1, nobody: 1 })],
      [200, { people: [{ masked: 'WhatsApp …0124' }], next: null }],
      [200, { people: [], next: null }],
    ];
    expect(await runs(...FROM, '--yes')).toBe(0);
    expect(said.slice(-2)).toEqual(['Everybody was moved.', '  not reached: WhatsApp …0124']);
  }
});

test('those whose conversation didn’t answer are taken by another run', async () => {
  answers = [
    [202, moved('running', {})],
    [200, moved('done', { away: 1 })],
    [200, { people: [], next: null }],
    [200, { people: [{ masked: 'WhatsApp …0125' }], next: null }],
  ];
  expect(await runs(...FROM, '--yes')).toBe(0);
  expect(said.slice(-2)).toEqual(['  not reached: WhatsApp …0125', 'Run it again for those who couldn’t be asked.']);
});

test('a refusal is said in the relay’s words, and wrong words show how it is used', async () => {
  answers = [[400, { error: 'There is no other sender.' }]];
  expect(await runs(...FROM, '--yes')).toBe(1);
  expect(said).toEqual(['There is no other sender.']);
  expect([await runs('--from', 'x'), await runs('--now')]).toEqual([2, 2]);
  expect(asked).toHaveLength(1);
});
