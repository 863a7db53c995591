import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { webhookSecretOf } from '../src/channels/telegram/verify.ts';
import { killMarked } from '../vm/src/process/process-tree.ts';
import { probeSandbox } from '../vm/src/process/sandbox.ts';
import { agentMarkOf } from '../vm/src/workspace/workspace.ts';
import { findCheckout } from './local/checkout.ts';
import { startCron } from './local/cron.ts';
import type { Vars } from './local/dev-vars.ts';
import { completeForThisComputer, devVarsPath, folders, logFolder, withZone } from './local/folders.ts';
import { findOperatorLink } from './local/operator-link.ts';
import { endMachines, localParts } from './local/parts.ts';
import { type Options, planRun } from './local/plan.ts';
import { openRelayProxy } from './local/relay-proxy.ts';
import { currentRun, type Run, takeLock } from './local/run-lock.ts';
import { noSandbox, programsHint, type System, sandboxHint } from './local/sandbox-advice.ts';
import { type Part, portTaken, SupervisedPart } from './local/supervisor.ts';
import { bringTelegramUpdates } from './local/telegram-updates.ts';
import { openWakeProxy, type WakeProxy } from './local/wake-proxy.ts';

// `npm start`: starts all parts, prints one address, keeps them running, and stops them again. The lock file has what
// the next run needs if this process is killed.

const say = (line: string): void => console.log(line);
/** What to undo at the end, in any order; filled as things come to life. */
const undo: (() => Promise<void> | void)[] = [];
let ending = false;

async function end(code: number, line?: string): Promise<void> {
  if (ending) return;
  ending = true;
  if (line) console.error(line);
  await Promise.allSettled(undo.map(async (step) => step()));
  process.exit(code);
}

/** npm starts this in the folder of package.json. */
const CALLED_FROM = process.env.INIT_CWD ?? process.cwd();
const workNote = (path: string): string =>
  `The agent works on a copy of ${path}. What it commits is on branches roost/… there after each turn; your files don't change.`;

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const runsAlready = (run: Run): string =>
  `Roost is already running: process ${run.pid}, since ${run.since}, at ${run.url}. Stop it there with Ctrl-C.`;

function thisSystem(): System {
  const path = '/etc/os-release';
  return { platform: process.platform, osRelease: existsSync(path) ? readFileSync(path, 'utf8') : '' };
}

function readOptions(): Options & { fly: boolean } {
  const boolean = { type: 'boolean', default: false } as const;
  const project = { type: 'string' } as const;
  try {
    return parseArgs({
      options: {
        real: boolean,
        twilio: boolean,
        telegram: boolean,
        fly: boolean,
        unconfined: boolean,
        inspect: boolean,
        project,
      },
    }).values;
  } catch (error) {
    throw new Error(
      `${sentence(error).split('. ')[0]}. Usage: npm start [-- --real --twilio --telegram --fly --unconfined --inspect --project PATH]`,
    );
  }
}

/** From the bot to the relay's own webhook. */
function bringUpdates(vars: Vars, relayPort: number, ready: () => Promise<unknown>): () => void {
  const { TELEGRAM_BOT_TOKEN: token = '', TELEGRAM_API_URL: apiUrl = '', MACHINE_SIGNING_KEY: key = '' } = vars;
  const [bot = ''] = token.split(':');
  return bringTelegramUpdates({
    token,
    apiUrl: apiUrl.replace(/\/+$/, ''),
    secret: webhookSecretOf(vars.TELEGRAM_WEBHOOK_SECRET || undefined, JSON.parse(key) as { d: string }, bot),
    relay: async () => {
      await ready();
      return `http://127.0.0.1:${relayPort}`;
    },
    say,
    giveUp: (line) => void end(1, line),
  });
}

async function main(): Promise<void> {
  const options = readOptions();
  const own = folders.state;
  const checkout = options.project === undefined ? null : findCheckout(options.project, CALLED_FROM, own);
  if (checkout && 'problem' in checkout) return end(1, checkout.problem);
  if (checkout && options.fly) return end(1, '--project works with the agent on this computer, so leave --fly out.');
  if (checkout) folders.state = checkout.state;
  const before = currentRun(folders.state);
  if (before) return end(1, runsAlready(before));
  const vars = await completeForThisComputer(say);
  const environment = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
  const machineFolder = `${folders.state}/${options.fly ? 'fly/volumes' : 'machine'}`;
  const planned = planRun(withZone(vars), options, environment, machineFolder);
  if (!planned.ok) return end(1, `Can't start; change ${devVarsPath}: ${planned.problems.join('; ')}.`);
  const { plan } = planned;
  const sandbox = plan.sandbox === 'off' ? null : await probeSandbox(environment);
  if (sandbox?.works === false && plan.sandbox === 'required') {
    return end(1, noSandbox(sandbox.reason, thisSystem(), process.argv.slice(2)));
  }
  const url = plan.ports.simulator === null ? plan.relay.PUBLIC_URL : `http://127.0.0.1:${plan.ports.simulator}/`;
  const lock = await takeLock(folders.state, url ?? '', say);
  if ('pid' in lock) return end(1, runsAlready(lock));
  // Released last, so that nobody starts while the parts are still ending.
  process.once('exit', lock.release);
  // A killed launcher's machines may have outlived what made them.
  endMachines(folders.state);

  const supervised: SupervisedPart[] = [];
  const supervise = (part: Part): SupervisedPart => {
    const one = new SupervisedPart(part, logFolder(), {
      say,
      giveUp: (line) => void end(1, line),
      changed: () => lock.update({ parts: supervised.flatMap(({ process: known }) => known ?? []) }),
    });
    supervised.push(one);
    return one;
  };
  const parts = localParts(plan, { ...folders, checkout: checkout?.path, hidden: own }, environment);
  const agent = parts.agent && supervise(parts.agent);
  const fly = parts.fly && supervise(parts.fly);
  for (const part of [parts.model, parts.simulator, parts.git]) if (part) supervise(part);
  const relay = supervise(parts.relay);
  for (const one of supervised) undo.push(() => one.stop());
  // The agent's programs carry a mark, because its shells lead process groups of their own.
  undo.push(async () => {
    await Promise.all([agent?.stop(), fly?.stop()]);
    killMarked(agentMarkOf(`${folders.state}/machine`));
    endMachines(folders.state);
  });

  say(plan.opening);
  const { relay: relayPort, machine: agentPort } = plan.ports;
  const doors: [Part, number, () => Promise<WakeProxy>][] = [
    [relay.part, relayPort, () => openRelayProxy(relayPort, () => relay.ready(), { local: !options.twilio })],
  ];
  if (agent && agentPort !== null)
    doors.push([agent.part, agentPort, () => openWakeProxy(agentPort, () => agent.ready())]);
  for (const [part, port, open] of doors) {
    const door = await open().catch(() => undefined);
    if (!door) return end(1, portTaken(part, port));
    undo.push(door.close);
  }
  const began = Date.now();
  await Promise.all(
    supervised.map(async (one) => {
      await one.ready();
      if (!ending) say(`  ${one.part.name} is ready (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    }),
  );
  if (ending) return;
  undo.push(startCron(() => relay.ready()));
  if (options.telegram) undo.push(bringUpdates(plan.relay, relayPort, () => relay.ready()));
  if (sandbox?.works === false) say(sandboxHint(sandbox.reason, thisSystem()));
  if (sandbox?.works && !sandbox.programs) say(programsHint(thisSystem()));
  for (const note of plan.notes) say(note);
  if (checkout) say(workNote(checkout.path));
  say(plan.ports.simulator === null ? 'Roost is running. Text it from your phone.' : `Phone page: ${url}`);
  if (plan.ports.git !== null) say(`GitHub stand-in: http://127.0.0.1:${plan.ports.git}/github.com`);
  const login = await findOperatorLink(relayPort, plan.relay.OPERATOR_TOKEN);
  if (login) say(`Operator’s page (logs one browser in, within an hour): ${login}`);
  say(`Ctrl-C stops everything. Logs are in ${logFolder()}.`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!ending) say('Stopping …');
    void end(0);
  });
}
// After a hang-up there is no terminal to write to; that must not keep the parts alive.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.on('uncaughtException', (error) => void end(1, `Roost stopped: ${sentence(error)}`));
main().catch((error) => end(1, sentence(error)));
