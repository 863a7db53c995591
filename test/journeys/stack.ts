import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serve } from '@hono/node-server';
import type { JWK } from 'jose';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { freePort } from '../../scripts/local/ports.ts';
import { endFamily, family, type Process, sameProcess } from '../../scripts/local/process-families.ts';
import { linkBundle } from '../../scripts/local/relay-bundle.ts';
import { demoReply } from '../../simulator/model/demo.ts';
import type { ModelRequest } from '../../simulator/model/messages-api.ts';
import {
  createScriptedModel,
  personTexts,
  type ScriptedModel,
  type ScriptedReply,
} from '../../simulator/model/script.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import type { Carrier } from '../../simulator/twilio/carrier.ts';
import type { CarrierForPhones, CarrierMessage } from '../../simulator/twilio/carrier-types.ts';
import { texts } from '../../src/texts/index.ts';
import { type Bucket, startBucket } from '../relay/bucket.ts';
import { gone } from '../relay/gone.ts';
import { Relay, relayVars } from '../relay/relay.ts';
import { type Machine, startMachine, within } from '../vm/machine-harness.ts';

// Every part a text passes: the carrier and the model in this process, the relay and the agent server with the real
// Claude Code in separate processes. Any of those can be killed and restarted; `stop` removes the folder with their
// state.

const root = resolve(import.meta.dirname, '../..');
const SENDER = 'whatsapp:+15555550100';
const BOT = { id: 4815162342, token: '4815162342:AAE_not-a-real-token_for-tests', secret: 'webhook-secret_1' };
/** Our addresses on the channels. */
export const OURS = { whatsapp: SENDER, telegram: `telegram:${BOT.id}` };
const ANSWER_WITHIN_MS = 120_000;

/** The time of a person's rows, and how far it is ahead. */
type Clock = { now: number; offset: number };
type Front = { url: string; close: () => void };
/** For tests that lose a machine: backs up a second after the last turn. */
export const BACKED_UP = { ARCHIVE_AFTER_MS: '1000' };

export type StackOptions = {
  /** Configuration of the relay besides the generated one. */
  vars?: Vars;
  /** People can text a bot on Telegram too. */
  telegram?: boolean;
  /** False: no agent server yet. */
  machine?: boolean;
  /** Configuration of the agent server. */
  machineEnv?: Record<string, string>;
  /** A part between relay and agent server; gets the agent server's address. */
  front?: (machineUrl: string) => Promise<Front>;
};

type Parts = {
  folder: string;
  simulator: Simulator;
  model: ScriptedModel;
  modelServer: { close: () => void };
  front: Front | undefined;
  bucket: Bucket;
  relay: Relay;
  key: JWK;
  machinePort: number;
  machineEnv: Record<string, string>;
  scripts: Map<string | RegExp, (request: ModelRequest, asked: number) => ScriptedReply>;
};

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-journey-'));
  await linkBundle(root, join(folder, 'relay'));
  const [relayPort, machinePort] = [await freePort(), await freePort()];
  const scripts: Parts['scripts'] = new Map();
  const counts = new Map<string, number>();
  const model = createScriptedModel((request) => {
    const text = personTexts(request).at(-1) ?? '';
    const asked = (counts.get(text) ?? 0) + 1;
    counts.set(text, asked);
    const [, script] =
      [...scripts].find(([like]) => (typeof like === 'string' ? like === text : like.test(text))) ?? [];
    return script?.(request, asked) ?? demoReply(request);
  });
  const modelServer = await listen(model);
  const machineUrl = `http://127.0.0.1:${machinePort}`;
  const front = await options.front?.(machineUrl);
  const drawn = relayVars({
    PUBLIC_URL: `http://127.0.0.1:${relayPort}`,
    MACHINE_URL: front?.url ?? machineUrl,
    ANTHROPIC_API_URL: modelServer.url,
    TWILIO_SENDERS: SENDER,
    ARCHIVE_AFTER_MS: 'off',
    ...options.vars,
  });
  const simulator = await startSimulator({
    port: 0,
    accountSid: drawn.TWILIO_ACCOUNT_SID ?? '',
    authToken: drawn.TWILIO_AUTH_TOKEN ?? '',
    senders: [SENDER],
    publicUrl: drawn.PUBLIC_URL ?? '',
    ...(options.telegram ? { telegram: { token: BOT.token, webhookSecret: BOT.secret } } : {}),
  });
  const ofBot = {
    TELEGRAM_BOT_TOKEN: BOT.token,
    TELEGRAM_API_URL: simulator.url,
    TELEGRAM_WEBHOOK_SECRET: BOT.secret,
  };
  const vars = {
    ...drawn,
    ...(options.telegram ? ofBot : {}),
    TWILIO_API_URL: simulator.url,
    TWILIO_MESSAGING_URL: simulator.url,
    TWILIO_CONTENT_URL: simulator.url,
  };
  const key = JSON.parse(drawn.MACHINE_SIGNING_KEY ?? '{}') as JWK;
  const bucket = await startBucket();
  const relay = new Relay(root, join(folder, 'relay'), relayPort, vars, { bucket: bucket.address, backsUp: true });
  const { machineEnv = {} } = options;
  const stack = new Stack({
    folder,
    simulator,
    model,
    modelServer,
    front,
    bucket,
    relay,
    key,
    machinePort,
    machineEnv,
    scripts,
  });
  try {
    await Promise.all([relay.start(), options.machine === false ? undefined : stack.startMachine()]);
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

export class Stack {
  readonly #parts: Parts;
  #machine: Machine | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get folder(): string {
    return this.#parts.folder;
  }
  get relay(): Relay {
    return this.#parts.relay;
  }
  /** Signs tokens as the relay does. */
  get key(): JWK {
    return this.#parts.key;
  }
  get model(): ScriptedModel {
    return this.#parts.model;
  }
  /** The address of the phone page. */
  get phone(): string {
    return this.#parts.simulator.url;
  }
  get carrier(): Carrier {
    return this.#parts.simulator.carrier;
  }
  /** All channels as one. */
  get phones(): CarrierForPhones {
    return this.#parts.simulator.phones;
  }

  /**
   * The model's reply when this is, or fits, the person's last text; `asked` counts the requests from 1. Otherwise the demo
   * model's reply.
   */
  script(text: string | RegExp, reply: (request: ModelRequest, asked: number) => ScriptedReply): void {
    this.#parts.scripts.set(text, reply);
  }

  text(person: string, body: string): CarrierMessage {
    return this.carrier.receive({ from: person, to: SENDER, body });
  }

  /** Everything the product handed to the carrier for this person, oldest first. */
  allSentTo(person: string): string[] {
    return this.carrier
      .messages()
      .filter((message) => message.direction === 'outbound-api' && message.to === person)
      .map(({ body }) => body);
  }

  /**
   * The same without the message that a machine does not answer yet: whether it comes depends on how busy this computer
   * is.
   */
  sentTo(person: string): string[] {
    return this.allSentTo(person).filter((body) => body !== texts.unreachable);
  }

  /** Texts, and resolves with the next message to the person. */
  async ask(person: string, body: string): Promise<string> {
    const before = this.sentTo(person).length;
    this.text(person, body);
    return this.until(() => this.sentTo(person)[before], `an answer to “${body}”`);
  }

  /**
   * Moves the clock of this person's rows as soon as nothing of theirs is in progress; its alarm then does what is due.
   */
  async moveClock(person: string, by_ms: number): Promise<Clock> {
    const deadline = Date.now() + ANSWER_WITHIN_MS;
    for (;;) {
      const response = await fetch(`${this.relay.url}/local/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ address: person, by_ms }),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const answer: unknown = await response.json();
      if (response.ok) return answer as Clock;
      if (response.status !== 409 || Date.now() > deadline) throw new Error(JSON.stringify(answer));
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  async clock(person: string): Promise<Clock> {
    const query = new URLSearchParams({ address: person });
    const response = await fetch(`${this.relay.url}/local/clock?${query}`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return (await response.json()) as Clock;
  }

  /** Checks whenever a channel has news, until there is a result. */
  async until<T>(look: () => T | undefined | false, what: string, ms = ANSWER_WITHIN_MS): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const check = (): void => {
      try {
        const seen = look();
        if (seen !== undefined && seen !== false) resolve(seen);
      } catch (error) {
        reject(error);
      }
    };
    const unsubscribe = this.phones.subscribe(check);
    check();
    try {
      return await within(ms, promise, what);
    } catch (error) {
      throw new Error(`${String(error)}\n${this.relay.output.slice(-15).join('\n')}`);
    } finally {
      unsubscribe();
    }
  }

  /**
   * The person's texts in each request of this conversation to the model; the conversation is identified by its first
   * text.
   */
  seenByModel(first: string): string[][] {
    const seen = this.model.requests.map(({ request }) => personTexts(request).flatMap((text) => text.split('\n')));
    return seen.filter((texts) => texts[0] === first);
  }

  async startMachine(): Promise<void> {
    const { relay, key, machinePort, machineEnv } = this.#parts;
    const env = { ...machineEnv, PORT: String(machinePort) };
    this.#machine = await startMachine({ key, relayUrl: relay.url, dataDir: this.machineFolder, env });
  }

  /** The lines of relay and agent server, since each was started, that have these words. */
  logged(words: string): { event?: string; msg?: string; turn?: string; attempt?: string }[] {
    const lines = [...this.relay.log.split('\n'), ...(this.#machine?.output ?? [])];
    return lines.filter((line) => line.includes(words)).map((line) => JSON.parse(line.slice(line.indexOf('{'))));
  }

  machineProcesses(): Process[] {
    return this.#machine ? family(this.#machine.pid) : [];
  }

  /** SIGKILL to the agent server alone, as when its machine loses it; its agents are left behind. */
  async killMachine(): Promise<Process[]> {
    const known = this.machineProcesses();
    await this.#machine?.stop('SIGKILL');
    return known;
  }

  /** The agent server ends and its disk is lost; the next one begins with nothing. */
  async loseMachine(): Promise<void> {
    const known = await this.killMachine();
    for (const left of known.filter(sameProcess)) await endFamily(left.pid, 0);
    rmSync(this.machineFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    await this.startMachine();
  }

  /** The names of everything in the bucket of backups and files. */
  get kept(): string[] {
    return this.#parts.bucket.keys();
  }

  get bucket(): Bucket {
    return this.#parts.bucket;
  }

  get machineFolder(): string {
    return join(this.#parts.folder, 'machine');
  }

  /** Ends everything and removes the folder; fails when a process is left. */
  async stop(): Promise<void> {
    const { relay, simulator, modelServer, front, bucket, folder } = this.#parts;
    const known = this.machineProcesses();
    await Promise.all([relay.kill(), this.#machine ? endFamily(this.#machine.pid, 12_000) : undefined]);
    for (const left of known.filter(sameProcess)) await endFamily(left.pid, 0);
    await simulator.stop();
    front?.close();
    modelServer.close();
    bucket.close();
    await gone(known);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function listen(model: ScriptedModel): Promise<{ url: string; close: () => void }> {
  const { promise, resolve } = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: model.app.fetch, port: 0, hostname: '127.0.0.1' }, resolve);
  const { port } = await promise;
  const close = (): void => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}
