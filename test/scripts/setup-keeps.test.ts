import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { openRecord } from '../../scripts/setup/record.ts';
import { runSteps } from '../../scripts/setup/runner.ts';
import { plainScreen } from '../../scripts/setup/screen.ts';
import type { SetupContext } from '../../scripts/setup/step.ts';
import { numberStep } from '../../scripts/setup/steps-accounts.ts';
import { webhookStep } from '../../scripts/setup/steps-phone.ts';
import { remove } from '../../scripts/teardown/remove.ts';
import { serve } from '../loopback.ts';
import { ACCOUNT, type Stand, startStand, TOKEN, WHATSAPP } from '../simulator/twilio-stand.ts';

// What setup saves, and what setup and teardown leave unchanged: refused answers, and later changes by others.

let stand: Stand;
let folder: string;
beforeEach(async () => {
  stand = await startStand({ senders: [WHATSAPP] });
  folder = mkdtempSync(join(tmpdir(), 'roost-keeps-'));
});
afterEach(async () => {
  await stand.close();
  rmSync(folder, { recursive: true, force: true });
});

const recordPath = (): string => join(folder, 'record.json');
const sender = () => stand.carrier.desk.channelSenders.of(WHATSAPP);

/** The saved answers, in order; `replies`: the person's answers. */
function world(replies: string[] = []): SetupContext & { saved: Vars[] } {
  const saved: Vars[] = [];
  let answers: Vars = {
    TWILIO_ACCOUNT_SID: ACCOUNT,
    TWILIO_AUTH_TOKEN: TOKEN,
    TWILIO_API_URL: stand.apiUrl,
    TWILIO_MESSAGING_URL: stand.apiUrl,
    TWILIO_CONTENT_URL: stand.apiUrl,
    PUBLIC_URL: 'https://relay.example.com',
    ...(replies.length === 0 ? { TWILIO_SENDERS: WHATSAPP } : {}),
  };
  const ask = async (): Promise<string> => replies.shift() ?? expect.fail('nothing left to answer');
  return {
    saved,
    answers: () => answers,
    save(changes) {
      saved.push(changes);
      answers = { ...answers, ...changes };
    },
    record: openRecord(recordPath()),
    screen: { ...plainScreen(() => {}), asks: true, ask },
  };
}

test('an answer that is refused is never kept', async () => {
  const one = world(['whatsapp:+15555550199', WHATSAPP]);
  await runSteps([numberStep], one);
  expect(one.saved).toEqual([{ TWILIO_SENDERS: WHATSAPP }]);
});

test('a number that cannot receive yet is refused', async () => {
  const verifying = await serve(async (incoming, outgoing) => {
    const answer = await fetch(`${stand.apiUrl}${incoming.url}`, {
      headers: { authorization: incoming.headers.authorization ?? '' },
    });
    outgoing.setHeader('content-type', 'application/json');
    outgoing.end((await answer.text()).replace('"ONLINE"', '"VERIFYING"'));
  });
  const one = world([WHATSAPP]);
  one.save({ TWILIO_MESSAGING_URL: verifying });
  await expect(runSteps([numberStep], one)).rejects.toThrow('nothing left to answer');
  expect(one.saved).toHaveLength(1);
});

test('the record of what was made is its owner’s only; a webhook that was changed since is left, else put back', async () => {
  const before = { callback_url: 'https://relay.example.com/webhooks/twilio' };
  const sid = sender()?.sid ?? '';
  for (const since of ['https://later.example.com/in', null]) {
    stand.carrier.desk.channelSenders.update(sid, { webhook: before });
    const one = world();
    await runSteps([webhookStep], one);
    expect(statSync(recordPath()).mode & 0o777).toBe(0o600);
    if (since !== null) stand.carrier.desk.channelSenders.update(sid, { webhook: { callback_url: since } });
    const [entry] = one.record.all();
    if (!entry) expect.fail('nothing was noted');
    const item = { kind: entry.kind, id: entry.id, thing: 'This', title: 'This', entry };
    expect(await remove(item, one.answers(), false)).toMatchObject({ kind: 'gone' });
    expect(sender()?.webhook.callback_url).toBe(since ?? before.callback_url);
    one.record.remove(entry);
  }
});
