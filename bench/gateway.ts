import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ulid } from 'ulid';
import { JOURNAL_HEADER } from '../src/protocol/version.ts';
import { type Figures, type Part, percentile } from './figures.ts';
import { callRelay, connections } from './post.ts';
import { personOf, startRig } from './rig.ts';

// Measures what the model gateway adds to the first byte of an answer: each request is asked about, set aside and
// settled. The model answers at once, and is called directly and through the relay by turns.

const WARM_UP = 30;
const REQUESTS = 200;
const ADDED = 'model gateway: added to the first byte';
const ROWS = [
  { row: `${ADDED}, p50`, unit: 'ms', target: 5 },
  { row: `${ADDED}, p99`, unit: 'ms' },
];
/** Like a short turn of Claude Code. */
const BODY = JSON.stringify({ model: 'claude-opus-5', stream: true, system: 'x'.repeat(40_000), messages: [] });
const ANSWER = [
  { type: 'message_start', message: { model: 'claude-opus-5', usage: { input_tokens: 12, output_tokens: 1 } } },
  { type: 'message_delta', delta: {}, usage: { output_tokens: 40 } },
]
  .map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
  .join('');

export const parts: readonly Part[] = [{ name: 'model gateway', rows: ROWS, runs: 5, measure }];

/** A machine that keeps its attempt open, and a model that answers at once. */
async function startStandIn(): Promise<{ url: string; token: Promise<string>; stop: () => void }> {
  const { promise: token, resolve } = Promise.withResolvers<string>();
  const journal = ulid();
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.once('end', () => {
      if (request.url?.startsWith('/v1/messages')) {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(ANSWER);
      } else if (request.method === 'PUT') {
        const attempt = request.url?.split('/')[2];
        response.writeHead(201, { 'content-type': 'application/json', [JOURNAL_HEADER]: journal });
        response.end(JSON.stringify({ attempt, journal, state: 'accepted', last_seq: 0 }));
        resolve((JSON.parse(body) as { model_token: { token: string } }).model_token.token);
      } else if (request.method === 'GET') {
        response
          .writeHead(200, { 'content-type': 'text/event-stream', [JOURNAL_HEADER]: journal })
          .write(': hello\n\n');
      } else response.writeHead(204, { [JOURNAL_HEADER]: journal }).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token, stop };
}

async function measure(): Promise<Figures> {
  const standIn = await startStandIn();
  const budgets = { PERSON_TURN_BUDGET_USD: '1000', PERSON_DAILY_BUDGET_USD: '1000' };
  const model = { ANTHROPIC_API_URL: standIn.url, ANTHROPIC_API_KEY: 'bench' };
  const rig = await startRig({ vars: { GATHER_MS: '0', MACHINE_URL: standIn.url, ...model, ...budgets } });
  const calls = connections();
  try {
    await rig.text(personOf(0));
    const headers = { authorization: `Bearer ${await standIn.token}`, 'content-type': 'application/json' };
    const ask = async (url: string): Promise<number> => {
      const { code, took } = await callRelay(calls, url, { method: 'POST', headers, body: BODY });
      if (code !== 200) throw new Error(`${url} answered ${code}`);
      return took;
    };
    const added: number[] = [];
    for (let n = 0; n < WARM_UP + REQUESTS; n++) {
      const direct = await ask(`${standIn.url}/v1/messages`);
      const through = await ask(`${rig.url}/model/v1/messages`);
      if (n >= WARM_UP) added.push(through - direct);
    }
    return { [`${ADDED}, p50`]: percentile(added, 0.5), [`${ADDED}, p99`]: percentile(added, 0.99) };
  } finally {
    calls.destroy();
    await rig.stop();
    standIn.stop();
  }
}
