import { writeSync } from 'node:fs';
import { AgentPool } from '../../vm/src/agent/pool.ts';
import { Journal } from '../../vm/src/journal/journal.ts';

// The agent server, which stops forever the nth time that it takes an agent from its pool or gives one back, or is
// about to journal that a tool has begun, and reports it: a kill there cuts exactly that step, however busy the
// computer is. STANDS_AT: `take 1`, `keep 2`, `tool 1`.

const [at, nth] = (process.env.STANDS_AT ?? '').split(' ');
const { take, keep } = AgentPool.prototype;
const { append } = Journal.prototype;
const calls = { take: 0, keep: 0, tool: 0 };

function pass(call: keyof typeof calls): void {
  calls[call] += 1;
  if (call !== at || calls[call] !== Number(nth)) return;
  writeSync(process.stdout.fd, `${JSON.stringify({ msg: 'stands', at, nth })}\n`);
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
