import { createHmac } from 'node:crypto';
import { WEBHOOK_OPTIONS } from '../../src/channels/twilio/account.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Vars } from './dev-vars.ts';
import {
  DEMO_MODEL_URL,
  FIRST_PHONE,
  FLY_URL,
  LOCAL_ACCOUNT_PREFIX,
  LOCAL_APP,
  LOCAL_BOT,
  SIMULATED_SENDER,
  SIMULATED_SMS_SENDER,
  SIMULATOR_URL,
} from './generated-vars.ts';
import { inspectorPorts, isLoopback, isPort, withPortBase } from './port-base.ts';

// Decides from .dev.vars and the options which parts a run has and how they are configured, or lists everything that is
// missing. Pure.

export type Options = {
  real: boolean;
  twilio: boolean;
  /** Your own bot, whose updates are asked for: no public address is needed. */
  telegram?: boolean;
  /** A machine for each conversation, from the stand-in for Fly, instead of one agent server for all. */
  fly?: boolean;
  /** Allows a real model without a sandbox. */
  unconfined?: boolean;
  /** A git checkout on this computer, for which the agent works. */
  project?: string | undefined;
  /** Opens the debuggers' ports of relay and agent server. */
  inspect?: boolean;
};

export type Plan = {
  /** The relay's configuration: .dev.vars with the changes of this kind of run. */
  relay: Vars;
  ports: Ports;
  /** The ports for debuggers; null without `--inspect`. Machines of the stand-in for Fly have none. */
  inspectors: { relay: number; machine: number | null } | null;
  /** The speed of the stand-in for Fly, compared with Fly. */
  pace: number;
  /** The first line of output: what starts, and where machines keep their files. */
  opening: string;
  /** The confinement of the agent's commands: always, if it works, or not at all. The demo model is harmless. */
  sandbox: 'required' | 'auto' | 'off';
  /** Printed once at the start: whose rights, which key, what to paste where. */
  notes: string[];
};
type Ports = {
  relay: number;
  /** The port of the agent server; null if there is a machine for each conversation. */
  machine: number | null;
  fly: number | null;
  model: number | null;
  simulator: number | null;
  /** The port of the stand-in for git hosts; null if GIT_API_URL is elsewhere. */
  git: number | null;
};
export type Planned = { ok: true; plan: Plan } | { ok: false; problems: string[] };

const REAL_MODEL_URL = 'https://api.anthropic.com';
const MODEL_KEYS = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'];

/** `environment` is only checked for model keys, to warn that they are ignored. */
export function planRun(written: Vars, options: Options, environment: Vars, machineFolder: string): Planned {
  const { vars, problems } = withPortBase(written);
  const model = chooseModel(vars, options, environment, machineFolder);
  const carrier = options.twilio ? ownTunnel(vars) : simulated(vars);
  const machines = options.fly ? madeMachines(vars, machineFolder) : oneMachine(vars);
  const bot = options.telegram ? ownBot(vars) : { changes: {}, problems: [], notes: [] };
  const git = gitHostsPort(vars);
  // The stand-in's App is unknown to GitHub.
  const app = git === null && vars.GITHUB_APP_SLUG === LOCAL_APP ? NO_APP : {};
  const relay: Vars = { ...vars, ...model.changes, ...carrier.changes, ...bot.changes, ...machines.changes, ...app };
  const found = [...problems, ...model.problems, ...carrier.problems, ...bot.problems, ...machines.problems];
  const config = readConfig(relay);
  // Problems that were already reported in this run's own words are not repeated in the relay's.
  const named = (problem: string): boolean => found.some((other) => other.startsWith(problem.split(' ')[0] ?? problem));
  if (!config.ok) found.push(...config.problems.filter((problem) => !named(problem)));
  const { machine, fly, pace, opening } = machines;
  const ports = {
    relay: carrier.relay,
    machine,
    fly,
    model: model.port,
    simulator: carrier.simulator,
    git,
  };
  const inspectors = options.inspect ? { ...inspectorPorts(vars), ...(options.fly ? { machine: null } : {}) } : null;
  const used = [...Object.values(ports), ...Object.values(inspectors ?? {})].filter(
    (port) => port !== null && port > 0,
  );
  if (new Set(used).size < used.length) found.push('Two parts use the same port; change one of the addresses');
  if (found.length > 0) return { ok: false, problems: found };
  const notes = [...model.notes, ...carrier.notes, ...bot.notes, ...(inspectors ? [inspectorNote(inspectors)] : [])];
  return { ok: true, plan: { relay, ports, inspectors, pace, opening, sandbox: sandboxOf(options), notes } };
}

const NO_APP = Object.fromEntries(
  ['APP_ID', 'APP_SLUG', 'APP_PRIVATE_KEY', 'CLIENT_ID', 'CLIENT_SECRET', 'WEBHOOK_SECRET'].map((name) => [
    `GITHUB_${name}`,
    '',
  ]),
);

/** Both addresses are the stand-in's, or both are elsewhere. */
function gitHostsPort({ GIT_API_URL = '', GIT_HOSTS_URL = '' }: Vars): number | null {
  const port = Number(URL.canParse(GIT_API_URL) && isLoopback(GIT_API_URL) ? new URL(GIT_API_URL).port : 0);
  return isPort(port) && isLoopback(GIT_HOSTS_URL) ? port : null;
}

function inspectorNote({ relay, machine }: NonNullable<Plan['inspectors']>): string {
  const agentServer = machine === null ? '' : `, agent server at 127.0.0.1:${machine}`;
  return `Debuggers can attach: relay at 127.0.0.1:${relay}${agentServer}. The relay isn't restarted at a breakpoint.`;
}

function oneMachine(vars: Vars) {
  const { port, problems } = loopbackPort('MACHINE_URL', vars.MACHINE_URL);
  return { changes: {}, machine: port, fly: null, pace: 1, problems, opening: 'Starting …' };
}

/** A made-up image: the stand-in runs this folder's agent server instead. */
const LOCAL_IMAGE = `registry.fly.io/roost@sha256:${'0'.repeat(63)}1`;

function madeMachines(vars: Vars, machineFolder: string) {
  const url = (vars.FLY_API_URL || FLY_URL).replace(/\/+$/, '');
  const { port, problems } = loopbackPort('FLY_API_URL', url);
  const pace = Number(vars.FLY_PACE || 1);
  if (!(pace > 0 && pace <= 1000)) problems.push('FLY_PACE must be greater than 0 and at most 1000');
  const changes = {
    MACHINE_PROVIDER: 'fly',
    FLY_API_URL: url,
    FLY_MACHINES_URL: `${url}/m/{app}`,
    FLY_IMAGE: LOCAL_IMAGE,
    FLY_REGION: vars.FLY_REGION || 'fra,ams',
  };
  const faster = pace === 1 ? '' : `, ${pace} times as fast`;
  const opening = `Starting with a machine for each person on a local stand-in for Fly${faster}. Their disks are in ${machineFolder} …`;
  return { changes, machine: null, fly: port, pace, problems, opening };
}

const sandboxOf = ({ real, unconfined }: Options): Plan['sandbox'] => {
  if (unconfined) return 'off';
  return real ? 'required' : 'auto';
};

function chooseModel(vars: Vars, { real, unconfined }: Options, environment: Vars, machineFolder: string) {
  const key = vars.ANTHROPIC_API_KEY ?? '';
  const url = vars.ANTHROPIC_API_URL || REAL_MODEL_URL;
  const demo = vars.DEMO_MODEL_URL || DEMO_MODEL_URL;
  if (!real) {
    const { port, problems } = loopbackPort('DEMO_MODEL_URL', demo);
    return { changes: { ANTHROPIC_API_URL: demo, ANTHROPIC_API_KEY: '' }, port, problems, notes: [] };
  }
  const wanted = sameOrigin(url, demo) ? REAL_MODEL_URL : url;
  const strays = MODEL_KEYS.filter((name) => environment[name]);
  const notes = strays.map((name) => `${name} in your environment is ignored; only .dev.vars is read.`);
  const problems =
    key === '' && sameOrigin(wanted, REAL_MODEL_URL)
      ? [
          'ANTHROPIC_API_KEY is missing from .dev.vars. --real needs it, or ANTHROPIC_API_URL for another Messages API server',
          ...strays.map((name) =>
            name === 'ANTHROPIC_API_KEY'
              ? `${name} is set in your environment, which is ignored; copy it into .dev.vars to use it`
              : `${name} is set in your environment, which is ignored; Roost only uses ANTHROPIC_API_KEY`,
          ),
        ]
      : [];
  const held = unconfined
    ? 'It is NOT sandboxed: it asks before it changes anything, but commands you approve run as you.'
    : 'Its commands run in a sandbox and see only their project. It asks before it deletes anything or uses the network.';
  notes.push(`The agent uses ${new URL(wanted).host} and works in ${machineFolder}. ${held}`);
  return { changes: { ANTHROPIC_API_URL: wanted }, port: null, problems, notes };
}

function simulated(vars: Vars) {
  const relay = loopbackPort('PUBLIC_URL', vars.PUBLIC_URL);
  const simulator = loopbackPort('TWILIO_API_URL', vars.TWILIO_API_URL);
  const problems = [...relay.problems, ...simulator.problems];
  if (problems.length > 0) problems.push('For a real phone use `npm start -- --twilio`');
  const changes = { ...localSms(vars), ...localBot(vars) };
  return { changes, relay: relay.port, simulator: simulator.port, problems, notes: [] };
}

/** The simulator's number takes SMS too, unless .dev.vars has SMS or senders of its own. */
const localSms = ({ SMS, TWILIO_SENDERS }: Vars): Vars =>
  SMS === undefined && TWILIO_SENDERS === SIMULATED_SENDER
    ? { SMS: 'on', TWILIO_SENDERS: `${SIMULATED_SENDER},${SIMULATED_SMS_SENDER}` }
    : {};

/** The simulator's bot, whatever .dev.vars says: without options nothing here calls Telegram. */
function localBot({ TWILIO_API_URL = '', TWILIO_AUTH_TOKEN = '' }: Vars): Vars {
  const secretFor = (use: string): string => createHmac('sha256', TWILIO_AUTH_TOKEN).update(use).digest('base64url');
  return {
    TELEGRAM_BOT_TOKEN: `${LOCAL_BOT}:${secretFor('bot')}`,
    TELEGRAM_API_URL: TWILIO_API_URL,
    TELEGRAM_WEBHOOK_SECRET: secretFor('telegram'),
  };
}

function ownTunnel(vars: Vars) {
  const problems: string[] = [];
  const check = (name: string, good: (value: string) => boolean, need: string): void => {
    if (!good(vars[name] ?? '')) problems.push(`${name} ${need}`);
  };
  const real = (value: string): boolean => value === '' || (URL.canParse(value) && !sameOrigin(value, SIMULATOR_URL));
  check('PUBLIC_URL', (v) => /^https:\/\//.test(v) && !isLoopback(v), 'must be the https address of your tunnel');
  check('TWILIO_API_URL', real, 'must be https://api.twilio.com (it names the simulator)');
  check('TWILIO_MESSAGING_URL', real, 'must be https://messaging.twilio.com (it names the simulator)');
  check('TWILIO_CONTENT_URL', real, 'must be https://content.twilio.com (it names the simulator)');
  check(
    'TWILIO_ACCOUNT_SID',
    (v) => v.startsWith('AC') && !v.startsWith(LOCAL_ACCOUNT_PREFIX),
    'must be from your own account',
  );
  check(
    'TWILIO_AUTH_TOKEN',
    (v) => v !== '' && !(vars.TWILIO_ACCOUNT_SID ?? '').startsWith(LOCAL_ACCOUNT_PREFIX),
    'must be from your own account',
  );
  check(
    'TWILIO_SENDERS',
    (v) => v !== '' && !v.includes(SIMULATED_SENDER),
    'must be your own sender, such as whatsapp:+12025550100',
  );
  check('ADMIN_SENDERS', (v) => !v.includes(FIRST_PHONE), 'must list your own number (it names the simulator’s phone)');
  check(
    'ALLOWED_SENDERS',
    (v) => v.trim() !== '' && !v.includes('*'),
    'must list who may text it, such as +12025550123',
  );
  const relay = Number(vars.RELAY_PORT || 8787);
  if (!isPort(relay)) problems.push('RELAY_PORT must be a port');
  const webhook = `${(vars.PUBLIC_URL ?? '').replace(/\/+$/, '')}/webhooks/twilio${WEBHOOK_OPTIONS}`;
  const notes = [
    `Point your tunnel at http://127.0.0.1:${relay}. In Twilio, as "When a message comes in" (POST), paste: ${webhook}`,
    `Everyone in ALLOWED_SENDERS works on this computer, with your permissions.`,
  ];
  return { changes: { LOCAL_MODE: '0' }, relay, simulator: null, problems, notes };
}

const TELEGRAM_URL = 'https://api.telegram.org';

/**
 * The bot of .dev.vars in place of the simulator's. Strangers get a code, because nobody knows their own id at Telegram.
 */
function ownBot(vars: Vars) {
  const token = vars.TELEGRAM_BOT_TOKEN ?? '';
  const problems =
    token === '' || token === localBot(vars).TELEGRAM_BOT_TOKEN
      ? [
          'TELEGRAM_BOT_TOKEN is missing from .dev.vars. In Telegram, text /newbot to @BotFather; it gives you the token',
        ]
      : [];
  const url = vars.TELEGRAM_API_URL || TELEGRAM_URL;
  const isSimulator = sameOrigin(url, vars.TWILIO_API_URL || SIMULATOR_URL);
  const changes = {
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: isSimulator ? TELEGRAM_URL : url,
    TELEGRAM_WEBHOOK_SECRET: vars.TELEGRAM_WEBHOOK_SECRET ?? '',
    PAIRING: vars.PAIRING || 'on',
  };
  const notes =
    changes.PAIRING === 'on'
      ? ['Whoever presses Start at your bot gets a code. To let them in, the owner texts /pair and the code.']
      : [];
  return { changes, problems, notes };
}

function loopbackPort(name: string, value: string | undefined): { port: number; problems: string[] } {
  const url = value && URL.canParse(value) ? new URL(value) : undefined;
  const port = Number(url?.port ?? 0);
  if (url?.protocol === 'http:' && isLoopback(url.href) && isPort(port)) return { port, problems: [] };
  return { port: 0, problems: [`${name} must be a local address with a port, such as http://127.0.0.1:8787`] };
}

const sameOrigin = (a: string, b: string): boolean =>
  URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
