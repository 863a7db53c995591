import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createScriptedModel, gate, later, type ScriptedModel } from '../../simulator/model/script.ts';
import type { EventBody } from '../../src/protocol/index.ts';
import { arrive, findAdmitted, findMoved, leave, NO_SLOTS, type Slots } from '../../vm/src/attempts/admission.ts';
import {
  ended,
  type Machine,
  type MachineClient,
  type ModelEdge,
  message,
  newAttempt,
  newKey,
  removeDataDir,
  results,
  startMachine,
  startModelEdge,
  WarmClient,
} from './machine-harness.ts';

// How many attempts run at once on one machine: the queue alone, then the real server with a limit of one.

const of = (running: string[], waiting: string[]): Slots => ({ running, waiting });

describe('the queue', () => {
  test('takes as many as it may, the others wait in the order they came', () => {
    const all = ['a', 'b', 'c', 'd'].reduce((places, name) => arrive(places, name, 2), NO_SLOTS);
    expect(all).toEqual(of(['a', 'b'], ['c', 'd']));
  });

  test('the attempt that waited longest takes a free slot, never one that has just come', () => {
    const before = of(['a', 'b'], ['c', 'd']);
    const after = leave(before, 'b', 2);
    expect(after).toEqual(of(['a', 'c'], ['d']));
    expect(findAdmitted(before, after)).toEqual(['c']);
    expect(findMoved(before, after)).toEqual([{ name: 'd', place: 1 }]);
    expect(arrive(leave(after, 'a', 2), 'a', 2)).toEqual(of(['c', 'd'], ['a']));
  });

  test('when a waiting attempt gives up, those behind it move up, and none begins', () => {
    const before = of(['a'], ['b', 'c', 'd']);
    const after = leave(before, 'c', 1);
    expect(after).toEqual(of(['a'], ['b', 'd']));
    expect([findAdmitted(before, after), findMoved(before, after)]).toEqual([[], [{ name: 'd', place: 2 }]]);
    expect(leave(after, 'unknown', 1)).toEqual(after);
  });
});

describe('a machine that does one thing at a time', () => {
  let model: ScriptedModel;
  let edge: ModelEdge;
  let machine: Machine;
  let people: MachineClient[];

  beforeAll(async () => {
    const key = await newKey();
    model = createScriptedModel();
    edge = await startModelEdge(model, key);
    machine = await startMachine({ key, relayUrl: edge.url, env: { MAX_CONCURRENT_TURNS: '1' } });
    people = [1, 2, 3].map(() => new WarmClient(() => machine, key));
  });
  afterAll(async () => {
    await machine.stop();
    edge.close();
    removeDataDir(machine.dataDir);
  });

  const places = (events: readonly EventBody[]): number[] =>
    events.flatMap((event) => (event.type === 'waiting' ? [event.place] : []));
  const busy = async (client: MachineClient): Promise<{ attempt: string; free: () => void }> => {
    const attempt = newAttempt();
    const held = gate();
    const asked = model.requests.length;
    model.reply(later(held.opened, 'first'));
    await client.put(attempt, { messages: [message('work')] });
    await model.arrived(asked + 1);
    return { attempt, free: held.open };
  };

  test('tells the others their place, takes texts for them meanwhile, and runs them in order', async () => {
    const [one, two, three] = people as [MachineClient, MachineClient, MachineClient];
    const first = await busy(one);
    const [second, third] = [newAttempt(), newAttempt()];
    const [hello, also] = [message('hello'), message('also this')];
    // Its clocks do not run while it waits.
    const limits = { turn_ms: 60_000, silence_ms: 60_000, start_ms: 60_000 };
    expect((await two.put(second, { messages: [hello], limits })).status).toBe(201);
    expect((await two.put(second, { messages: [hello], limits })).status).toBe(200);
    expect((await three.put(third, { messages: [message('me too')] })).status).toBe(201);
    expect(places(await two.follow(second, 'waiting'))).toEqual([1]);
    expect(places(await three.follow(third, 'waiting'))).toEqual([2]);
    const steered = await two.call('POST', `/attempts/${second}/messages/${also.uuid}`, { text: also.text });
    expect(steered.status).toBe(202);
    model.reply('second', 'third');
    first.free();
    expect(results(await one.follow(first.attempt))).toMatchObject([{ text: 'first' }]);
    const told = await two.follow(second);
    expect(places(told)).toEqual([1]);
    expect(results(told)).toMatchObject([{ text: 'second' }]);
    expect(
      results(told)
        .flatMap((result) => result.user_message_uuids)
        .sort(),
    ).toEqual([hello.uuid, also.uuid].sort());
    const last = await three.follow(third);
    expect(places(last)).toEqual([2, 1]);
    expect(results(last)).toMatchObject([{ text: 'third' }]);
  });

  test('an attempt that is stopped while it waits never runs, and those behind it move up', async () => {
    const [one, two, three] = people as [MachineClient, MachineClient, MachineClient];
    const first = await busy(one);
    const asked = model.requests.length;
    const [second, third] = [newAttempt(), newAttempt()];
    const hello = message('not any more');
    await two.put(second, { messages: [hello] });
    await three.put(third, { messages: [message('me')] });
    const stopped = await two.call('POST', `/attempts/${second}/interrupt`);
    expect(await stopped.json()).toEqual({ dropped: [hello.uuid] });
    const again = await two.call('POST', `/attempts/${second}/interrupt`);
    expect(await again.json()).toEqual({ dropped: [hello.uuid] });
    expect(await two.follow(second)).toEqual([
      { type: 'waiting', place: 1 },
      { type: 'ending' },
      { type: 'ended', outcome: 'stopped', reason: 'stopped before it began' },
    ]);
    model.reply('third');
    first.free();
    await one.follow(first.attempt);
    const last = await three.follow(third);
    expect(places(last)).toEqual([2, 1]);
    expect(results(last)).toMatchObject([{ text: 'third' }]);
    expect(model.requests.length).toBe(asked + 1);
  });

  test('when the machine stops, what waits is interrupted at once and nothing of it begins', async () => {
    const [one, two] = people as [MachineClient, MachineClient, MachineClient];
    const first = await busy(one);
    const second = newAttempt();
    await two.put(second, { messages: [message('hello')] });
    const following = two.follow(second);
    const stopping = machine.stop();
    expect(ended(await following)).toEqual({
      type: 'ended',
      outcome: 'interrupted',
      reason: 'the machine was stopped',
      cause: 'restarted',
    });
    const asked = model.requests.length;
    first.free();
    expect(await stopping).toMatchObject({ code: 0 });
    expect(model.requests.length).toBe(asked);
  });
});
