import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../scripts/local/ports.ts';
import { signatureFor } from '../simulator/twilio/signature.ts';
import { linkBundle } from '../test/relay/bundle.ts';
import { Relay, relayVars } from '../test/relay/relay.ts';
import { type Part, percentile } from './figures.ts';
import { startAgentServer, startTwilio } from './stand-ins.ts';

// Measures what the relay itself adds to an answer: from the webhook until the agent server has the turn, and from the
// result until Twilio is called. One turn at a time through the relay of local runs in its own workerd; this process
// plays Twilio and the agent server.

/** `sentAlone`: nothing follows the result until Twilio has been called. */
type Latency = { accepted: number[]; handedOver: number[]; sent: number[]; sentAlone: number[] };
/** `empty`: a request that does nothing, for the share of workerd itself. */
type Measured = { warm: Latency; fresh: Latency; empty: number[] };

const root = resolve(import.meta.dirname, '..');
const WARM_UP = 30;
const WARM_TURNS = 240;
/** The fictional numbers: +1 555 555 01xx, without our own and the one of the warm turns. */
const FRESH_TURNS = 90;
/** Long enough for the relay to finish the earlier events, so that nothing else is measured. */
const QUIET_MS = 15;

const MS = { unit: 'ms' };
export const parts: readonly Part[] = [
  {
    name: 'latency',
    rows: [
      { row: 'webhook → agent server has the turn, p50', target: 6, ...MS },
      { row: 'webhook → agent server has the turn, p99', target: 20, ...MS },
      { row: 'agent result → carrier call, p50', target: 3, ...MS },
      { row: 'agent result → carrier call, nothing follows, p50', target: 3, ...MS },
      { row: 'empty request, p50', ...MS },
    ],
    runs: 5,
    async measure() {
      const { warm, empty } = await measureLatency();
      return {
        'webhook → agent server has the turn, p50': percentile(warm.handedOver, 0.5),
        'webhook → agent server has the turn, p99': percentile(warm.handedOver, 0.99),
        'agent result → carrier call, p50': percentile(warm.sent, 0.5),
        'agent result → carrier call, nothing follows, p50': percentile(warm.sentAlone, 0.5),
        'empty request, p50': percentile(empty, 0.5),
      };
    },
  },
];

async function measureLatency(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-bench-'));
  await linkBundle(root, folder);
  const [twilio, machine] = await Promise.all([startTwilio(), startAgentServer()]);
  const port = await freePort();
  const vars = relayVars({
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    TWILIO_API_URL: twilio.url,
    TWILIO_MESSAGING_URL: twilio.url,
    MACHINE_URL: machine.url,
    // Never called.
    ANTHROPIC_API_URL: 'http://127.0.0.1:9',
    GATHER_MS: '0',
  });
  const relay = new Relay(root, folder, port, vars);
  const connections = new Agent({ keepAlive: true });

  /** Posts a form as Twilio does; resolves with the milliseconds to the answer. */
  const post = (url: string, form: Record<string, string>): Promise<number> =>
    ask(url, 'POST', new URLSearchParams(form).toString(), {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'x-twilio-signature': signatureFor(vars.TWILIO_AUTH_TOKEN ?? '', url, form),
    });

  const ask = (url: string, method: string, body = '', headers: Record<string, string> = {}): Promise<number> => {
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const call = request(url, { method, headers, agent: connections }, (response) => {
        const took = performance.now() - began;
        response.resume().once('end', () => {
          if (response.statusCode === 200) resolve(took);
          else reject(new Error(`${new URL(url).pathname} answered ${response.statusCode}`));
        });
      });
      call.once('error', reject);
      call.end(body);
    });
  };

  const turn = async (person: string, into: Latency): Promise<void> => {
    const account = { AccountSid: vars.TWILIO_ACCOUNT_SID ?? '' };
    const id = `SM${randomBytes(16).toString('hex')}`;
    const text = { From: person, To: 'whatsapp:+15555550100', Body: 'What is left to do today?', NumMedia: '0' };
    const began = performance.now();
    const answered = post(`${relay.url}/webhooks/twilio`, { ...account, ...text, MessageSid: id });
    const [accepted, started] = await Promise.all([answered, machine.started()]);
    const stream = await machine.attached();
    stream.write({ type: 'started' }, { type: 'session', session_id: '5b6a2f0e-8f6d-4c58-9a43-3a1f0f5f8f10' });
    await new Promise((done) => setTimeout(done, QUIET_MS));
    const result = { type: 'result', text: 'Two things: the feed and the door.', is_error: false, cost_usd: 0 };
    const over = [{ type: 'ending' }, { type: 'ended', outcome: 'done', reason: 'every message answered' }];
    const answeredAt = performance.now();
    // The agent server reports this within a millisecond or two: the agent becomes idle right after its last answer.
    const isAlone = into.sent.length > into.sentAlone.length;
    stream.write({ ...result, user_message_uuids: started.uuids }, ...(isAlone ? [] : over));
    const created = await twilio.created();
    if (isAlone) stream.write(...over);
    into.accepted.push(accepted);
    into.handedOver.push(started.at - began);
    (isAlone ? into.sentAlone : into.sent).push(created.at - answeredAt);
    await machine.acknowledged();
    await post(created.callback, { ...account, MessageSid: created.sid, MessageStatus: 'sent', To: created.to });
  };

  const none = (): Latency => ({ accepted: [], handedOver: [], sent: [], sentAlone: [] });
  const measured: Measured = { warm: none(), fresh: none(), empty: [] };
  try {
    await relay.start();
    const warm = 'whatsapp:+15555550101';
    const unused = none();
    for (let n = 0; n < WARM_UP; n++) await turn(warm, unused);
    for (let n = 0; n < WARM_TURNS; n++) await turn(warm, measured.warm);
    for (let n = 0; n < WARM_TURNS; n++) measured.empty.push(await ask(`${relay.url}/healthz`, 'GET'));
    for (let n = 0; n < FRESH_TURNS; n++) await turn(`whatsapp:+155555501${10 + n}`, measured.fresh);
    return measured;
  } finally {
    connections.destroy();
    await relay.kill();
    twilio.close();
    machine.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
