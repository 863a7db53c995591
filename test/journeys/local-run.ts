import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import twilio from 'twilio';
import { parseDevVars, type Vars } from '../../scripts/local/dev-vars.ts';
import { freePort } from '../../scripts/local/ports.ts';
import { endFamily, family, type Process } from '../../scripts/local/process-families.ts';
import { inheritEnvironment } from '../inherit-environment.ts';

// A real `npm start` on its own ports and in its own folders, as a person has it in a terminal: its lines, its exit,
// and its processes. Everything is gone after `remove`.

const root = resolve(import.meta.dirname, '../..');

export class LocalRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'roost-start-'));
  readonly output: string[] = [];
  readonly exit: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #checks = new Set<() => void>();

  /** `script` runs through the bootstrap, as npm scripts do. */
  constructor(script: string, folder?: string, args: string[] = [], path = process.env.PATH) {
    if (folder) {
      rmSync(this.folder, { recursive: true });
      this.folder = folder;
    }
    const env = {
      ...inheritEnvironment(),
      PATH: path,
      HOME: this.folder,
      ROOST_STATE: this.state,
      ROOST_DEV_VARS: this.devVars,
    };
    const bootstrap = join(root, 'scripts/bootstrap.mjs');
    this.#child = spawn(process.execPath, [bootstrap, script, ...args], { cwd: root, env, detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.output.push(...chunk.split('\n').filter((line) => line !== ''));
        for (const check of this.#checks) check();
      });
    }
    this.exit = new Promise((done) => this.#child.once('close', (code) => done(code)));
  }

  get state(): string {
    return join(this.folder, 'state');
  }
  get devVars(): string {
    return join(this.folder, '.dev.vars');
  }
  get vars(): Vars {
    return parseDevVars(readFileSync(this.devVars, 'utf8'));
  }
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  said(pattern: RegExp, times = 1): Promise<string> {
    return new Promise((done, failed) => {
      const check = (): void => {
        const hits = this.output.filter((line) => pattern.test(line));
        if (hits.length >= times) done(hits.at(-1) ?? '');
      };
      this.#checks.add(check);
      check();
      void this.exit.then((code) =>
        failed(new Error(`ended with ${code} before it said ${pattern}:\n${this.output.join('\n')}`)),
      );
    });
  }

  /** The processes of the run, each with its command line. */
  processes(): (Process & { command: string })[] {
    return family(this.pid).map((p) => ({ ...p, command: commandOf(p.pid) }));
  }

  async remove(): Promise<void> {
    const known = this.processes();
    await endFamily(this.pid, 8_000);
    for (const { pid } of known) await endFamily(pid, 100);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A folder whose .dev.vars has free ports; the launcher generates everything else. */
export async function ownPorts(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-start-'));
  const ports: number[] = [];
  while (ports.length < 5) ports.push(await freePort());
  const [relay, simulator, machine, model, git] = ports;
  const at = (port: number | undefined): string => `http://127.0.0.1:${port}`;
  const lines = {
    PUBLIC_URL: at(relay),
    TWILIO_API_URL: at(simulator),
    TWILIO_MESSAGING_URL: at(simulator),
    TWILIO_CONTENT_URL: at(simulator),
    MACHINE_URL: at(machine),
    GIT_API_URL: `${at(git)}/api`,
    GIT_HOSTS_URL: `${at(git)}/{host}`,
  };
  const rest = { DEMO_MODEL_URL: at(model), ANTHROPIC_API_URL: at(model), GATHER_MS: '0', WELCOME: 'off' };
  const text = Object.entries({ ...lines, ...rest }).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, '.dev.vars'), text.join(''));
  return folder;
}

/** Sends a text from a fictional number like Twilio, signed with the token in .dev.vars. */
export async function text(vars: Vars, from: string, body: string): Promise<number> {
  const url = `${vars.PUBLIC_URL}/webhooks/twilio`;
  const id = `SM${Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join('')}`;
  const form = {
    MessageSid: id,
    SmsMessageSid: id,
    SmsSid: id,
    AccountSid: vars.TWILIO_ACCOUNT_SID ?? '',
    From: `whatsapp:${from}`,
    To: vars.TWILIO_SENDERS ?? '',
    Body: body,
    NumMedia: '0',
    NumSegments: '1',
    WaId: from.slice(1),
    ProfileName: 'Ada',
    SmsStatus: 'received',
    ApiVersion: '2010-04-01',
  };
  const signature = twilio.getExpectedTwilioSignature(vars.TWILIO_AUTH_TOKEN ?? '', url, form);
  const headers = { 'x-twilio-signature': signature };
  return (await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) })).status;
}

/** The first text sent to `to` that matches, from the simulator's list, as an operator would ask Twilio. */
export async function answer(vars: Vars, to: string, pattern: RegExp, withinMs: number): Promise<string> {
  const query = new URLSearchParams({ To: `whatsapp:${to}`, PageSize: '50' });
  const url = `${vars.TWILIO_API_URL}/2010-04-01/Accounts/${vars.TWILIO_ACCOUNT_SID}/Messages.json?${query}`;
  const authorization = `Basic ${btoa(`${vars.TWILIO_ACCOUNT_SID}:${vars.TWILIO_AUTH_TOKEN}`)}`;
  let bodies: string[] = [];
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; ) {
    const list = (await (await fetch(url, { headers: { authorization } })).json()) as { messages: { body: string }[] };
    bodies = list.messages.map(({ body }) => body);
    const hit = bodies.find((body) => pattern.test(body));
    if (hit !== undefined) return hit;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`No answer like ${pattern} within ${withinMs} ms; there were: ${JSON.stringify(bodies)}`);
}

/** All exchanges between carrier and relay so far, as the phone page gets them. */
export async function wire(vars: Vars): Promise<string> {
  const page = await fetch(`${vars.TWILIO_API_URL}/phone/events`);
  let text = '';
  for await (const chunk of (page.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('\n\n')) break;
  }
  return text;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
