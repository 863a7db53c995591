import { expect, test, vi } from 'vitest';
import { readConversation } from '../../simulator/model/conversation.ts';
import { say, use } from '../../simulator/model/script.ts';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
import { unfinished } from './rows.ts';
import { startStack } from './stack.ts';

// A turn of six minutes without any request to the relay. Outside Cloudflare's edge a Durable Object that only waits is
// dropped after one to two minutes, with its stream; the heartbeat alarm prevents that.

const ROUNDS = 4;
const ROUND_S = 92;
const LIMIT_MS = 9 * 60_000;

test('a turn of six minutes without a text in between keeps its event stream, and is answered', async (context) => {
  context.skip(process.env.ROOST_LONG !== '1', 'takes more than six minutes: set ROOST_LONG=1');
  let proxy: CountingProxy | undefined;
  const stack = await startStack({
    front: async (machineUrl) => {
      proxy = await startCountingProxy(machineUrl);
      return proxy;
    },
  });
  try {
    const person = 'whatsapp:+15555550140';
    const command = `waited=0; until [ $waited -ge ${ROUND_S} ]; do sleep 1; waited=$((waited + 1)); done`;
    stack.script('take your time', (request) => {
      const rounds = readConversation(request).filter(({ kind }) => kind === 'result').length;
      return rounds < ROUNDS ? use('Bash', { command, timeout: 110_000 }) : say('That took a while.');
    });
    const serving = stack.relay.process();
    const sent = stack.text(person, 'take your time');
    const answer = await stack.until(
      () => stack.carrier.messages().find(({ to }) => to === person),
      'the answer',
      LIMIT_MS,
    );
    await vi.waitFor(() => expect(unfinished(stack.relay.objects, person)).toEqual([]), 20_000);

    expect(answer.createdAt - sent.createdAt).toBeGreaterThanOrEqual(6 * 60_000);
    expect(stack.sentTo(person)).toEqual(['That took a while.']);
    expect(stack.relay.process()).toEqual(serving);
    // Held from its first to its last event: opened once, never resumed.
    const attached = proxy?.passed.filter(({ path }) => path.endsWith('/events')) ?? [];
    expect(attached.map(({ after }) => after)).toEqual(['0']);
    const [stream] = attached;
    expect((stream?.closedAt ?? 0) - (stream?.openedAt ?? 0)).toBeGreaterThanOrEqual(6 * 60_000);
    expect(proxy?.passed.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    const webhooks = stack.carrier.traffic().filter(({ kind }) => kind === 'webhook');
    expect(webhooks).toHaveLength(1);
  } finally {
    await stack.stop();
  }
}, 600_000);
