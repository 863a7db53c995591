import { existsSync, readFileSync, writeSync } from 'node:fs';
import { AgentPool } from '../../vm/src/agent/pool.ts';
import { Journal } from '../../vm/src/journal/journal.ts';

// The agent server, which stops forever the nth time that it takes an agent from its pool or gives one back, or is
// about to journal that a tool has begun, and reports it: a kill there cuts exactly that step, however busy the
// computer is. The file in STANDS_AT has the point: `take 1`, `keep 2`, `tool 1`, counted from when it is written.

const { take, keep } = AgentPool.prototype;
const { append } = Journal.prototype;
const calls = { take: 0, keep: 0, tool: 0 };
let point = '';

function pass(call: keyof typeof calls): void {
  const file = process.env.STANDS_AT ?? '';
  const newest = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (newest !== point) Object.assign(calls, { take: 0, keep: 0, tool: 0 });
  point = newest;
  calls[call] += 1;
  if (point !== `${call} ${calls[call]}`) return;
  writeSync(process.stdout.fd, `${JSON.stringify({ msg: 'stands', point })}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

AgentPool.prototype.take = function (...request) {
  pass('take');
  return take.apply(this, request);
};
AgentPool.prototype.keep = function (...agent) {
  pass('keep');
  return keep.apply(this, agent);
};
Journal.prototype.append = function (...events) {
  if (events[2].some(({ type }) => type === 'tool_started')) pass('tool');
  return append.apply(this, events);
};

await import('../../vm/src/main.ts');
