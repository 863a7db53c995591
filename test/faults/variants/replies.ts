import { each, onePlan, type Variant } from './variant.ts';

// Relays that are wrong about what leaves: in order, once, to the right phone. Data only.

export const REPLIES: readonly Variant[] = [
  {
    name: 'intent-after-the-send',
    patches: [
      {
        file: 'src/objects/send-lane.ts',
        find: `  const reply = head(deps.apply({ type: 'send-begin', shown }));
  if (reply?.state !== 'sending') return;
  // Its list is asked for the words alone: they end whatever it was given.
  const body = wordsToSend(deps.load(), reply, deps.now(), deps.policy);
  const outcome = await send(deps.account, { ...outgoing(deps, reply), body }, SEND_TIMEOUT_MS);`,
        replace: `  const waiting = head(deps.load());
  if (waiting === null) return;
  const sent = { ...outgoing(deps, waiting), attempt: waiting.attempt + 1 };
  const outcome = await send(deps.account, sent, SEND_TIMEOUT_MS);
  const reply = head(deps.apply({ type: 'send-begin' }));
  if (reply?.state !== 'sending') return;`,
      },
    ],
    plan: onePlan('relay', each(8, 'send-unanswered')),
  },
  {
    name: 'reconciled-by-date-sent',
    patches: [
      {
        file: 'src/channels/twilio/send.ts',
        find: `PageSize: '50' });`,
        replace: `PageSize: '50', 'DateSent>': new Date(reply.createdAt).toISOString().slice(0, 10) });`,
      },
    ],
    // Queued for longer than the look-ups go on: until then a message has no date.
    pace: { sent: 10_000 },
    plan: onePlan('none', each(6, 'none', { send: '500 after it was taken' })),
  },
  {
    name: 'sent-to-another',
    patches: [
      {
        file: 'src/channels/twilio/send.ts',
        find: '    To: reply.to,\n',
        replace: `    To: reply.to.endsWith('0') ? reply.to.replace(/0$/, '1') : reply.to,\n`,
      },
    ],
    plan: onePlan('none', each(4, 'none')),
  },
];
