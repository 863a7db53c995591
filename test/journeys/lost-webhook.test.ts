import { expect, onTestFinished, test, vi } from 'vitest';
import { startCron } from '../../scripts/local/cron.ts';
import { messagesOf } from './rows.ts';
import { startStack } from './stack.ts';

// A text sent while the relay was down: Twilio's tries all fail, and the next comparison with its list finds the text.

const MINUTE = 60_000;
const ADA = 'whatsapp:+15555550150';

test('a text whose webhook was lost is found in the carrier’s list and answered once', async () => {
  // Before the carrier is created: it reads the time through the function it finds then.
  const clock = vi.spyOn(Date, 'now');
  const stack = await startStack();
  try {
    expect(await stack.ask(ADA, 'hello')).toMatch(/demo model/i);
    await stack.relay.kill();
    // Three minutes ago by the carrier's clock, so that the test need not wait until the text is old enough.
    clock.mockReturnValue(Date.now() - 3 * MINUTE);
    const lost = stack.text(ADA, 'note: water the plants');
    clock.mockReset();
    const tries = () => stack.carrier.traffic().filter(({ requestBody }) => requestBody.includes(lost.sid));
    await stack.until(() => tries().length === 3, 'three tries of the webhook');
    await stack.carrier.settled();
    await stack.relay.start();
    const before = stack.sentTo(ADA).length;
    onTestFinished(startCron(() => Promise.resolve(Number(new URL(stack.relay.url).port)), 500));
    await stack.until(() => stack.sentTo(ADA)[before + 1], 'an answer to the lost text, and that it was late');
    const lists = () => stack.carrier.traffic().filter(({ url }) => url.includes('DateSent'));
    const seen = lists().length;
    await stack.until(() => lists().length >= seen + 3, 'three more comparisons');
    const [hello, found, ...more] = messagesOf(stack.relay.state, ADA).map(({ text }) => text);
    expect([hello, more]).toEqual(['hello', []]);
    expect(found).toMatch(/^\[The person wrote this 3 minutes before it reached you.*\]\n\nnote: water the plants$/);
    expect(
      stack
        .seenByModel('hello')
        .flat()
        .filter((text) => text.endsWith('note: water the plants')),
    ).not.toEqual([]);
    expect(stack.sentTo(ADA).slice(before)).toEqual([
      'This reached me 3 minutes late: “note: water the plants”',
      expect.stringMatching(/plants|noted/i),
    ]);
  } finally {
    clock.mockRestore();
    await stack.stop();
  }
});
