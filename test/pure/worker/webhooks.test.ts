import { Hono } from 'hono';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import type { AppEnv } from '../../../src/worker/configuration.ts';
import { onInbound, onStatus } from '../../../src/worker/webhooks.ts';

// The checks that a webhook passes before the relay acts on it. A signature joins names and values without separators, so
// a signed text can be cut into fields in several ways: only the way in which it was sent is accepted.

const half = 'A'.repeat(43);
const TOKEN = 'the token of these tests';
const PREVIOUS_TOKEN = 'the token before it was changed';
const OURS = 'whatsapp:+15555550100';
const PERSON = 'whatsapp:+15555550123';
const SID = `SM${'a1'.repeat(16)}`;
const ACCOUNT = `AC${'0'.repeat(32)}`;
const HOST = 'https://relay.example.com';
const INBOUND = '/webhooks/twilio';
const STATUS = `/webhooks/twilio/status?r=${'0'.repeat(26)}.1`;

const read = readConfig({
  PUBLIC_URL: HOST,
  TWILIO_ACCOUNT_SID: ACCOUNT,
  TWILIO_AUTH_TOKEN: TOKEN,
  TWILIO_AUTH_TOKEN_PREVIOUS: PREVIOUS_TOKEN,
  TWILIO_SENDERS: OURS,
  ALLOWED_SENDERS: '*',
  STATIC_SHARED: 'trusted',
  MACHINE_URL: 'http://127.0.0.1:8080',
  MACHINE_SIGNING_KEY: JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: half, d: half }),
  ANTHROPIC_API_KEY: 'key',
});
if (!read.ok) throw new Error(read.problems.join('; '));
const { config } = read;

/** The relay's edge with objects that only record their names and input. */
function relay(known = PERSON) {
  const asked: string[] = [];
  const kept: { from: string; text: string; providerId: string; address: string }[] = [];
  const getByName = (name: string) => {
    asked.push(name);
    return {
      accept: (_: string, message: (typeof kept)[0], { opens }: { opens: boolean }) => {
        if (name !== known && !opens) return { state: 'unset' };
        kept.push({ ...message, address: name });
        return { state: 'kept' };
      },
      status: () => name === known,
      standing: () => (name === known ? 'served' : 'nobody'),
    };
  };
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set('config', config);
    await next();
  });
  app.post('/webhooks/twilio', onInbound);
  app.post('/webhooks/twilio/status', onStatus);
  const send = (path: string, body: string | ReadableStream, signature: string | null) =>
    app.request(
      `${HOST}${path}`,
      {
        method: 'POST',
        body,
        duplex: 'half',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(signature === null ? {} : { 'x-twilio-signature': signature }),
        },
      } as RequestInit,
      { CONVERSATIONS: { getByName } },
    );
  return { asked, kept, send };
}

type Fields = [name: string, value: string][];
const TEXT: Fields = [
  ['AccountSid', ACCOUNT],
  ['Body', 'hello'],
  ['From', PERSON],
  ['MessageSid', SID],
  ['NumMedia', '0'],
  ['SmsMessageSid', SID],
  ['SmsSid', SID],
  ['To', OURS],
];
const with_ = (fields: Fields, change: Record<string, string>): Fields => [
  ...fields.map(([name, value]): [string, string] => [name, change[name] ?? value]),
  ...Object.entries(change).filter(([name]) => !fields.some(([known]) => known === name)),
];
const bodyOf = (fields: Fields): string => new URLSearchParams(fields).toString();
/** Twilio's signing order: names in order, a repeated name's values in order. */
const signatureOf = (path: string, fields: Fields, token = TOKEN): string =>
  getExpectedTwilioSignature(
    token,
    `${HOST}${path}`,
    Object.fromEntries(fields.map(([name]) => [name, fields.filter(([n]) => n === name).map(([, value]) => value)])),
  );
const signed = (path: string, fields: Fields) => relay().send(path, bodyOf(fields), signatureOf(path, fields));

describe('before the signature is looked at', () => {
  test.each([null, '', 'AAAA', `${'A'.repeat(27)}!`, `${'A'.repeat(28)}`, `${'A'.repeat(60)}=`])(
    'a request without a well-formed signature (%s) is refused with its body unread',
    async (signature) => {
      const pulled = vi.fn((controller: ReadableStreamDefaultController) => {
        controller.enqueue(new TextEncoder().encode('a&'.repeat(1000)));
        controller.close();
      });
      const body = new ReadableStream({ pull: pulled }, { highWaterMark: 0 });
      expect((await relay().send(INBOUND, body, signature)).status).toBe(403);
      expect(pulled).not.toHaveBeenCalled();
    },
  );

  test('more than 200 fields are refused', async () => {
    expect((await relay().send(INBOUND, 'a&'.repeat(32_700), `${'A'.repeat(27)}=`)).status).toBe(400);
    const many: Fields = [...TEXT, ...Array.from({ length: 150 }, (_, n): [string, string] => [`New${n}`, 'x'])];
    expect((await signed(INBOUND, many)).status).toBe(200);
  });
});

describe('a form that was signed', () => {
  test('is accepted as it was sent, with unknown fields', async () => {
    const { kept, send } = relay();
    const fields = with_(TEXT, { WaId: '15555550123', SomethingNew: 'yes' });
    expect((await send(INBOUND, bodyOf(fields), signatureOf(INBOUND, fields))).status).toBe(200);
    expect(kept).toMatchObject([{ from: PERSON, text: 'hello', providerId: SID }]);
  });

  test.each([
    ['the current token', TOKEN, 200],
    ['the previous token', PREVIOUS_TOKEN, 200],
    ['another token', 'a token of somebody else', 403],
  ])('with %s', async (_, token, status) => {
    expect((await relay().send(INBOUND, bodyOf(TEXT), signatureOf(INBOUND, TEXT, token))).status).toBe(status);
  });

  test.each(['From+1 to +5, please', 'From+1 555', 'DateFrom+12345&To=9', 'it says MessageSidSM12'])(
    'with words that only look like a field is taken: %s',
    async (body) => {
      expect((await signed(INBOUND, with_(TEXT, { Body: body }))).status).toBe(200);
    },
  );

  test.each([
    'AccountSid Body From MessageSid NumMedia To ButtonPayload ButtonText ListId OptOutType OriginalRepliedMessageSid',
    'MessageType Forwarded FrequentlyForwarded Latitude Longitude Label Address MediaUrl0 MediaContentType0',
  ])('with a field that is read twice is refused: %s', async (names) => {
    for (const name of names.split(' ')) {
      const once = with_(TEXT, { [name]: TEXT.find(([known]) => known === name)?.[1] ?? '1' });
      const twice: Fields = [...once, [name, 'again']];
      expect([name, (await signed(INBOUND, once)).status]).not.toEqual([name, 400]);
      expect([name, (await signed(INBOUND, twice)).status]).toEqual([name, 400]);
    }
  });

  test('with a message id that goes on into the next field is refused', async () => {
    const sent = with_(TEXT, { MessageType: 'text' });
    const signature = signatureOf(INBOUND, sent);
    const without = sent.filter(([name]) => name !== 'MessageType');
    const longer = with_(without, { MessageSid: `${SID}MessageTypetext` });
    expect(signatureOf(INBOUND, longer)).toBe(signature);
    expect((await relay().send(INBOUND, bodyOf(longer), signature)).status).toBe(400);
    for (const id of ['SM1', `IM${'a'.repeat(32)}`, `SM${'g'.repeat(32)}`, `SM${'a'.repeat(33)}`]) {
      expect((await signed(INBOUND, with_(TEXT, { MessageSid: id }))).status).toBe(400);
    }
  });

  // A person may text anything, including words that become fields when the text is cut elsewhere.
  const OTHER = 'whatsapp:+15555550100';
  test.each<[string, string, (sent: Fields) => Fields]>([
    ['into another sender', `xFrom${OTHER}`, (sent) => [...with_(sent, { Body: 'x' }), ['From', OTHER]]],
    [
      'into a whole message of another sender, its own as the tail of a field',
      `xFrom${OTHER}MessageSidSM${'b2'.repeat(16)}NumMedia0To${OURS}Z`,
      (sent) => [
        ['AccountSid', ACCOUNT],
        ['Body', 'x'],
        ['From', OTHER],
        ['MessageSid', `SM${'b2'.repeat(16)}`],
        ['NumMedia', '0'],
        ['To', OURS],
        ['Z', sent.slice(2).flat().join('')],
      ],
    ],
    [
      'into another sender, its own spread over two fields',
      `xFrom${OTHER}Z`,
      (sent) => {
        const rest = sent.slice(2).flat().join('');
        return [
          ['AccountSid', ACCOUNT],
          ['Body', 'x'],
          ['From', OTHER],
          ['Z', rest.slice(0, 3)],
          [rest.slice(3), ''],
        ];
      },
    ],
  ])('and is cut anew %s is refused', async (_, body, cut) => {
    const sent = with_(TEXT, { Body: body });
    const signature = signatureOf(INBOUND, sent);
    const anew = cut(sent);
    expect(signatureOf(INBOUND, anew)).toBe(signature);
    const { kept, send } = relay();
    expect((await send(INBOUND, bodyOf(anew), signature)).status).toBe(400);
    expect(kept).toEqual([]);
  });
});

describe('a status callback', () => {
  const SENT: Fields = [
    ['AccountSid', ACCOUNT],
    ['From', OURS],
    ['MessageSid', SID],
    ['MessageStatus', 'delivered'],
    ['To', PERSON],
  ];

  test('is taken, whatever else it brings', async () => {
    expect((await signed(STATUS, with_(SENT, { ChannelPrefix: 'whatsapp', EventType: 'READ' }))).status).toBe(200);
  });

  test.each(['../../etc', 'whatsapp:', 'nobody', 'whatsapp:+0123456', `whatsapp:+${'1'.repeat(40)}`])(
    'for %s, which is no address, is refused and no object is asked for',
    async (to) => {
      const { asked, send } = relay();
      const fields = with_(SENT, { To: to });
      expect((await send(STATUS, bodyOf(fields), signatureOf(STATUS, fields))).status).toBe(400);
      expect(asked).toEqual([]);
    },
  );

  test.each(['AccountSid', 'MessageSid', 'MessageStatus', 'To', 'ErrorCode'])(
    'with two of %s is refused',
    async (name) => {
      const twice: Fields = [...with_(SENT, { ErrorCode: '63016' }), [name, 'again']];
      expect((await signed(STATUS, twice)).status).toBe(400);
    },
  );

  test('with a message id that goes on into the next field is refused', async () => {
    expect((await signed(STATUS, with_(SENT, { MessageSid: `${SID}x` }))).status).toBe(400);
  });
});

describe('a number with two spellings', () => {
  const OLD = 'whatsapp:+551187654321';
  const NEW = 'whatsapp:+5511987654321';
  const from = with_(TEXT, { From: NEW });

  test.each([
    [OLD, OLD],
    [NEW, NEW],
    ['nobody yet', NEW],
  ])('goes to the conversation that is there already (%s)', async (known, address) => {
    const { kept, send } = relay(known);
    expect((await send(INBOUND, bodyOf(from), signatureOf(INBOUND, from))).status).toBe(200);
    expect(kept).toMatchObject([{ address, from: NEW }]);
  });

  test('has its status callbacks found under either', async () => {
    const { asked, send } = relay(OLD);
    const sent: Fields = [
      ...TEXT.filter(([name]) => !['Body', 'NumMedia', 'To'].includes(name)),
      ['MessageStatus', 'sent'],
      ['To', NEW],
    ];
    expect((await send(STATUS, bodyOf(sent), signatureOf(STATUS, sent))).status).toBe(200);
    expect(asked).toEqual([NEW, OLD]);
  });

  test.each([
    ['one with a single spelling', 'nobody', TEXT, [PERSON]],
    ['somebody known under the spelling they write from', NEW, from, [NEW]],
    ['somebody known under the other one', OLD, from, [NEW, OLD]],
  ])('asks no object in vain: %s', async (_, known, fields, objects) => {
    const { asked, send } = relay(known);
    await send(INBOUND, bodyOf(fields), signatureOf(INBOUND, fields));
    expect(asked).toEqual(objects);
  });
});
