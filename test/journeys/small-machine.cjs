const { randomUUID } = require('node:crypto');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');

// A machine of a few megabytes: accepts attempts as the protocol says and echoes each text. For journeys with more
// machines than agents would fit. Only its journal's id survives a restart. In CommonJS, because that starts four times as
// fast as a TypeScript module.

const { PORT = '', DATA_DIR = '' } = process.env;
const file = join(DATA_DIR, 'journal');
if (!existsSync(file)) writeFileSync(file, randomUUID());
const journal = readFileSync(file, 'utf8');
const attempts = new Map();

function events(response, attempt) {
  const messages = attempts.get(attempt) ?? [];
  const text = messages.map((message) => `You said: ${message.text}`).join('\n');
  const bodies = [
    { type: 'started' },
    { type: 'result', text, is_error: false, user_message_uuids: messages.map(({ uuid }) => uuid), cost_usd: 0 },
    { type: 'ending' },
    { type: 'ended', outcome: 'done', reason: 'every message answered' },
  ];
  response.writeHead(200, { 'content-type': 'text/event-stream', 'roost-journal': journal });
  response.write(': hello\n\n');
  for (const [index, event] of bodies.entries()) {
    const seq = index + 1;
    response.write(`id: ${seq}\ndata: ${JSON.stringify({ attempt, journal, seq, at: Date.now(), event })}\n\n`);
  }
  response.end();
}

const server = createServer((request, response) => {
  const { method, url = '' } = request;
  const [, attempt = '', rest] = /^\/attempts\/([^/]+)(.*)$/.exec(url) ?? [];
  const answer = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json', 'roost-journal': journal });
    response.end(JSON.stringify(body));
  };
  if (method === 'GET' && url === '/healthz') return answer(200, { ok: true });
  if (method === 'GET' && rest === '/events') return events(response, attempt);
  if (method === 'DELETE' && attempt !== '') return response.writeHead(204).end();
  if (method !== 'PUT' || attempt === '') return answer(404, { error: { code: 'not_found', message: 'not here' } });
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    body += chunk;
  });
  request.once('end', () => {
    const { messages } = JSON.parse(body);
    attempts.set(attempt, messages);
    answer(201, { attempt, journal, state: 'accepted', last_seq: 0 });
  });
});
server.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
