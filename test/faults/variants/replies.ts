import { acting, burst, each, inMode, onePlan, type Variant, withCarrier } from './variant.ts';

// Relays that are wrong about outgoing messages: in order, once, to the right phone. Data only.

export const REPLIES: readonly Variant[] = [
  {
    name: 'intent-after-the-send',
    wrong: 'the intent to send a reply is stored after the reply was sent',
    noticedBy: 'test/edge/window.test.ts: evicted at each step, nothing of it is lost or sent twice',
    patches: [
      {
        file: 'src/objects/lanes/send-lane.ts',
        find: `  const reply = headOf(deps.apply({ type: 'send-begin', shown }));
  if (reply?.state !== 'sending') return;
  const outcome = await deps.carrierOf(reply.to).send(composed(deps, reply), SEND_TIMEOUT_MS);`,
        replace: `  const waiting = headOf(deps.load());
  if (waiting === null) return;
  const sent = { ...outgoing(deps, waiting), attempt: waiting.attempt + 1 };
  const outcome = await deps.carrierOf(waiting.to).send(sent, SEND_TIMEOUT_MS);
  const reply = headOf(deps.apply({ type: 'send-begin' }));
  if (reply?.state !== 'sending') return;`,
      },
    ],
    plan: onePlan('relay', each(8, 'send-unanswered')),
  },
  {
    name: 'reconciled-by-date-sent',
    wrong: 'a reply is looked up only among messages with a date of sending',
    noticedBy: 'test/edge/media.test.ts: without words on it follows them, and is found in the list by itself',
    patches: [
      {
        file: 'src/channels/twilio/send.ts',
        find: `PageSize: '50' });`,
        replace: `PageSize: '50', 'DateSent>': new Date(reply.createdAt).toISOString().slice(0, 10) });`,
      },
    ],
    // Queued for longer than the look-ups last: until then a message has no date.
    pace: { sent: 10_000 },
    plan: onePlan('none', each(6, 'none', { send: '500 after it was taken' })),
  },
  {
    name: 'sent-to-another',
    wrong: 'replies are sent to an address that differs by one',
    noticedBy:
      'test/edge/turn.test.ts: is answered once, the session is kept, the attempt acknowledged, and nothing stays awake',
    patches: [
      {
        file: 'src/objects/lanes/send-lane.ts',
        find: '  const { body, shown, ...rest } = outgoing(deps, reply);\n',
        replace: `  const { body, shown, ...rest } = outgoing(deps, reply);
  rest.to = rest.to.replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) ^ 1));\n`,
      },
    ],
    plan: onePlan('none', each(4, 'none')),
  },
  {
    name: 'failed-is-delivered',
    wrong: 'a callback that says `failed` counts as delivered',
    noticedBy:
      'test/pure/outbox/service-window.test.ts: is heard once, in whatever order and however often callbacks come',
    patches: [
      {
        file: 'src/conversation/outbox/delivery-status.ts',
        find: '  const { status, sid, errorCode } = event;\n',
        replace: `  const { sid, errorCode } = event;
  const status = event.status === 'failed' ? 'delivered' : event.status;\n`,
      },
    ],
    plan: onePlan('none', each(4, 'none', { send: 'undelivered' })),
  },
  {
    name: 'callback-counts-twice',
    wrong: 'a callback that comes twice sends the words twice',
    noticedBy:
      'test/pure/outbox/service-window.test.ts: is heard once, in whatever order and however often callbacks come',
    patches: [
      {
        file: 'src/conversation/outbox/delivery-status.ts',
        find: `  const isReplaced = reply.state === 'replaced';\n`,
        replace: `  const isReplaced = reply.state === 'replaced' && status !== 'failed';\n`,
      },
    ],
    plan: withCarrier({ callbacks: 'twice' }, onePlan('none', each(1, 'none', { send: 'undelivered' }))),
  },
  {
    name: 'callback-goes-back',
    wrong: 'a late `sent` turns a held reply into a delivered one',
    noticedBy:
      'test/pure/outbox/service-window.test.ts: is heard once, in whatever order and however often callbacks come',
    patches: [
      {
        file: 'src/conversation/outbox/delivery-status.ts',
        find: '  if (RANK[event.status] <= rankOf(reply)) return noEffects(state);\n',
        replace: '',
      },
    ],
    plan: withCarrier(
      { callbacks: 'backwards' },
      onePlan('none', acting('apart', 1, [{ send: 'window closed late' }, {}])),
    ),
  },
  {
    name: 'sent-again-without-a-look',
    wrong: 'a reply with an unknown outcome is sent again at once',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/conversation/outbox/doubtful-sends.ts',
        find: '  const unknown = toUnknown(state, reply, ctx.now);\n',
        replace: `  const unknown = withReply(state, reply.id, { state: 'ready' });\n`,
      },
    ],
    plan: onePlan('none', each(4, 'none', { send: '500 after it was taken' })),
  },
  {
    name: 'held-leaves-twice',
    wrong: 'held replies are sent one by one, and once more together',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/conversation/outbox/service-window.ts',
        find: `    if (held.includes(r)) return { ...r, state: 'replaced' as const };`,
        replace: `    if (held.includes(r)) return { ...r, state: 'ready' as const };`,
      },
    ],
    plan: onePlan('none', acting('apart', 1, [{ send: 'window closed' }, {}])),
    shutOut: onePlan('none', acting('block', 1, [{ work: 'tool' }, {}], 'tool')),
  },
  {
    name: 'held-backwards',
    wrong: 'held replies are sent newest first',
    noticedBy:
      'test/pure/outbox/service-window.test.ts: lets all that was held leave once and in its order, however much it is',
    patches: [
      {
        file: 'src/conversation/outbox/service-window.ts',
        find: '  const leaving = mergeHeld(fitted).reduce(',
        replace: '  const leaving = mergeHeld([...fitted].reverse()).reduce(',
      },
    ],
    plan: inMode('queue', onePlan('none', acting('apart', 1, [{ send: 'window closed' }, {}, {}, {}]))),
    shutOut: inMode('queue', onePlan('none', acting('block', 1, [{ work: 'tool' }, {}, {}, {}], 'tool'))),
  },
  {
    name: 'window-stays-shut',
    wrong: 'a channel that closed to a person stays closed, although they write again',
    noticedBy:
      'test/pure/outbox/service-window.test.ts: is one that the newest text does not keep open: 24 hours from it, and not after a refusal',
    patches: [
      {
        file: 'src/conversation/outbox/service-window.ts',
        find: '    refusedAt: isOlder ? known.refusedAt : null,',
        replace: '    refusedAt: known?.refusedAt ?? null,',
      },
      {
        file: 'src/conversation/outbox/shut.ts',
        find: '  const open = withWindow(state, { ...window, refusedAt: null, movedAt: null });',
        replace: '  const open = state;',
      },
    ],
    plan: onePlan('none', acting('apart', 1, [{ send: 'window closed' }, {}])),
    shutOut: onePlan('none', acting('block', 1, [{ work: 'tool' }, {}], 'tool')),
  },
  {
    name: 'window-of-an-old-text',
    wrong: 'the 24 hours are counted from the first text',
    noticedBy:
      'test/pure/outbox/service-window.test.ts: is one that the newest text does not keep open: 24 hours from it, and not after a refusal',
    patches: [
      {
        file: 'src/conversation/outbox/service-window.ts',
        find: '    lastInboundAt: Math.max(known?.lastInboundAt ?? 0, message.receivedAt),',
        replace: '    lastInboundAt: known?.lastInboundAt ?? message.receivedAt,',
      },
    ],
    quicker: [
      { file: 'src/conversation/policy/outbox.ts', find: 'WINDOW_MS = 24 * HOUR', replace: 'WINDOW_MS = 5 * SECOND' },
    ],
    window: true,
    plan: onePlan('none', acting('apart', 1, [{}, {}])),
  },
  {
    name: 'newest-reply-first',
    wrong: 'the newest reply is sent first',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/conversation/outbox/replies.ts',
        find: `return underWay ?? state.replies.find((r) => r.state === 'ready' && mayLeave(r)) ?? null;`,
        replace: `return underWay ?? state.replies.findLast((r) => r.state === 'ready' && mayLeave(r)) ?? null;`,
      },
    ],
    plan: withCarrier({ weather: 'refuses (429)' }, inMode('queue', onePlan('none', burst(3)))),
  },
  {
    name: 'refused-goes-to-the-end',
    wrong: 'a reply that the carrier refuses for a while is sent after later ones',
    noticedBy:
      'test/pure/outbox/carrier-outage.test.ts: no answer is lost, those that were not refused late or for a day arrive in order, and nothing leaves before its time or after',
    patches: [
      {
        file: 'src/conversation/outbox/send-failures.ts',
        find: "import { enqueue, moveToEnd, sendAgain, withReply } from './replies.ts';",
        replace: "import { enqueue, findReply, moveToEnd, sendAgain, withReply } from './replies.ts';",
      },
      {
        file: 'src/conversation/outbox/send-failures.ts',
        find: `  const noted = withReply(state, reply.id, { state: 'ready', troubledSince: troubled.troubledSince });`,
        replace: `  const kept = withReply(state, reply.id, { state: 'ready', troubledSince: troubled.troubledSince });
  const noted = moveToEnd(kept, findReply(kept, reply.id) ?? reply);`,
      },
    ],
    plan: withCarrier({ weather: 'refuses (429)' }, inMode('queue', onePlan('none', burst(3)))),
  },
  {
    name: 'stale-question',
    wrong: 'a question that is over is still sent when the carrier accepts messages again',
    noticedBy:
      'test/pure/outbox/carrier-outage.test.ts: a question that is over is dropped when the carrier is back, an open one is asked',
    patches: [
      {
        file: 'src/conversation/outbox/carrier-outage.ts',
        find: `  return question !== undefined && findQuestion(state, question)?.state !== 'open';`,
        replace: '  return false;',
      },
    ],
    quicker: [
      {
        file: 'src/conversation/policy/questions.ts',
        find: 'QUESTION_MS = 10 * MINUTE',
        replace: 'QUESTION_MS = 5000',
      },
    ],
    never: 'question',
    // Nobody answers: it is over before the carrier accepts it.
    plan: withCarrier({ weather: 'refuses (429)' }, onePlan('none', acting('texts', 1, [{ work: 'ask' }]))),
  },
  {
    name: 'parked-by-count',
    wrong: 'two refusals in an outage end a reply',
    noticedBy:
      'test/pure/outbox/carrier-outage.test.ts: no answer is lost, those that were not refused late or for a day arrive in order, and nothing leaves before its time or after',
    patches: [
      {
        file: 'src/conversation/outbox/send-failures.ts',
        find: '  if (!hasWaitedLong(troubled, ctx.now)) return',
        replace: `  if (reply.attempt >= 2) return park(noted, reply, refusal);
  if (!hasWaitedLong(troubled, ctx.now)) return`,
      },
    ],
    plan: withCarrier({ weather: 'refuses (429)' }, onePlan('none', each(2, 'none'))),
  },
  {
    name: 'one-refusal-stops-all',
    wrong: 'a reply refused for its words holds up all later replies',
    noticedBy:
      'test/pure/outbox/carrier-outage.test.ts: a refusal of one reply is said, and the next leaves: nothing waits',
    patches: [
      {
        file: 'src/conversation/outbox/send-failures.ts',
        find: `    case 'content':
    case 'other': {
`,
        replace: `    case 'content':
      return sendLater(noted, reply, refusal, ctx);
    case 'other': {
`,
      },
    ],
    plan: inMode(
      'queue',
      onePlan('none', [
        ...acting('texts', 1, [{ send: 'refused for its words' }, {}]),
        ...acting('texts', 1, [{ send: 'refused for its words' }]),
      ]),
    ),
  },
  {
    name: 'retry-after-ignored',
    wrong: 'the carrier is asked before its Retry-After is over',
    noticedBy:
      'test/pure/outbox/carrier-outage.test.ts: no answer is lost, those that were not refused late or for a day arrive in order, and nothing leaves before its time or after',
    patches: [
      {
        file: 'src/conversation/outbox/carrier-outage.ts',
        find: '  const later = putOff(state, ownWait(noted, vain.retryAfterMs ?? 0), tries, ctx);',
        replace: '  const later = putOff(state, ownWait(noted, 0), tries, ctx);',
      },
      // Where a channel keeps to the wait by itself, too.
      {
        file: 'src/channels/telegram/bot-wait.ts',
        find: '  if (wait !== null) return { ...wait.refused, retryAfterMs: wait.until - Date.now() };\n',
        replace: '',
      },
    ],
    plan: withCarrier({ weather: 'refuses for long (429)' }, onePlan('none', each(3, 'none'))),
  },
];
