import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import type { Vars } from '../../scripts/dev-vars.ts';
import { freePort } from '../../scripts/ports.ts';
import type { Process } from '../../scripts/processes.ts';
import { refusal, serverError } from '../../simulator/twilio/answers.ts';
import type { Pace } from '../../simulator/twilio/lifecycle.ts';
import { publicPart } from '../../src/protocol/index.ts';
import { relayVars } from '../journeys/relay-process.ts';
import { type RunningCarrier, SENDER, startCarrier } from './carrier.ts';
import { type Call, type Front, startFront, type Verdict } from './front.ts';
import { Holds } from './holds.ts';
import { FaultyMachine } from './machine.ts';
import { type ModelStandIn, startModel } from './model.ts';
import type { Text } from './plan.ts';
import { Relay } from './relay.ts';
import { ObjectRows } from './rows.ts';
import { Timeline } from './timeline.ts';

// Everything a text passes, put together: carrier, model and two fronts in this process, relay and agent server in
// processes of their own that can be killed and started again. The folder holds all of their state.

export type WorldOptions = {
  /** Where the sources of the relay are. */
  root: string;
  /** Holds `bundle/`, the relay as it is deployed. */
  folder: string;
  texts: readonly Text[];
  pace?: Partial<Pace>;
  /** For the relay, beside what is drawn. */
  vars?: Vars;
};

export type World = {
  folder: string;
  carrier: RunningCarrier;
  model: ModelStandIn;
  relay: Relay;
  machine: FaultyMachine;
  rows: ObjectRows;
  holds: Holds;
  timeline: Timeline;
  counter: string;
  /** Called whenever the agent server has answered the relay about a turn. */
  onMachineCall: (listener: (turn: string) => void) => void;
  /** Every connection between the parts breaks; returns how many there were. */
  cut: () => number;
  processes: () => Process[];
  stop: () => Promise<void>;
};

const ID = /\bm\d{4,}\b/g;

export async function buildWorld({ root, folder, texts, pace = {}, vars: more = {} }: WorldOptions): Promise<World> {
  mkdirSync(join(folder, 'machine'), { recursive: true });
  const counter = join(folder, 'counter');
  const holds = new Holds();
  const timeline = new Timeline();
  const byId = new Map(texts.map((text) => [text.id, text]));
  const [relayPort, machinePort] = [await freePort(), await freePort()];
  const model = await startModel(byId, holds, timeline);
  const listeners: ((turn: string) => void)[] = [];
  const machineFront = await startFront(
    `http://127.0.0.1:${machinePort}`,
    machineRules(holds, timeline, (turn) => {
      for (const listener of listeners) listener(turn);
    }),
  );
  const drawn = relayVars({
    PUBLIC_URL: `http://127.0.0.1:${relayPort}`,
    MACHINE_URL: machineFront.url,
    ANTHROPIC_API_URL: model.url,
    TWILIO_SENDERS: SENDER,
  });
  const carrier = await startCarrier({
    accountSid: drawn.TWILIO_ACCOUNT_SID ?? '',
    authToken: drawn.TWILIO_AUTH_TOKEN ?? '',
    publicUrl: drawn.PUBLIC_URL ?? '',
    pace,
  });
  const carrierFront = await startFront(carrier.url, carrierRules(byId, holds, timeline));
  const front = carrierFront.url;
  const atCarrier = { TWILIO_API_URL: front, TWILIO_MESSAGING_URL: front, TWILIO_CONTENT_URL: front };
  const vars = { ...drawn, ...atCarrier, ...more };
  const relay = new Relay(root, folder, relayPort, vars);
  const machine = new FaultyMachine(folder, machinePort, {
    RELAY_URL: relay.url,
    RELAY_PUBLIC_KEYS: JSON.stringify([publicPart(JSON.parse(drawn.MACHINE_SIGNING_KEY ?? '{}') as JWK)]),
    FAULTS_COUNTER: counter,
    FAULTS_TOOLS_URL: model.toolsUrl,
  });
  const fronts: Front[] = [machineFront, carrierFront];
  return {
    folder,
    carrier,
    model,
    relay,
    machine,
    rows: new ObjectRows(relay.objects),
    holds,
    timeline,
    counter,
    onMachineCall: (listener) => {
      listeners.push(listener);
    },
    cut: () => fronts.reduce((sum, front) => sum + front.cut(), 0),
    processes: () => [relay.process(), machine.process()].flatMap((one) => one ?? []),
    stop: async () => {
      holds.release();
      await Promise.all([relay.kill(), machine.kill()]);
      for (const front of fronts) front.close();
      await carrier.close();
      model.close();
    },
  };
}

function machineRules(holds: Holds, timeline: Timeline, called: (turn: string) => void) {
  const idsOfTurn = new Map<string, string[]>();
  const turnOf = ({ path }: Call): string => /^\/attempts\/([^.]+)\./.exec(path)?.[1] ?? '';
  const idsOf = (call: Call): string[] => idsOfTurn.get(turnOf(call)) ?? [];
  const note = (call: Call, what: string): void => {
    for (const id of idsOf(call)) timeline.note(id, what);
  };
  return {
    onCall: async (call: Call): Promise<Verdict> => {
      if (call.method === 'PUT') idsOfTurn.set(turnOf(call), idsIn(textsIn(call.body)));
      if (call.method === 'DELETE') return 'pass';
      note(call, `${call.method} ${call.path}`);
      if (call.method === 'PUT') await holds.reach('start-undelivered', idsOf(call), call.gone);
      return call.gone.aborted ? 'cut' : 'pass';
    },
    onAnswer: async (call: Call, status: number): Promise<Verdict> => {
      if (call.method === 'DELETE') return 'pass';
      note(call, `${call.method} ${call.path}: ${status}`);
      called(turnOf(call));
      if (call.method === 'PUT') await holds.reach('start-unanswered', idsOf(call), call.gone);
      return 'pass';
    },
    onBlock: async (call: Call, block: string): Promise<void> => {
      const type = /"event":\{"type":"(\w+)"/.exec(block)?.[1];
      if (type === 'result') await holds.reach('answer', idsOf(call), call.gone);
      if (type === 'ended') await holds.reach('ended', idsOf(call), call.gone);
      if (type) note(call, `event ${type}${type === 'ended' ? ` ${/"outcome":"\w+"/.exec(block)?.[0]}` : ''}`);
    },
  };
}

function carrierRules(texts: ReadonlyMap<string, Text>, holds: Holds, timeline: Timeline) {
  const used = new Set<string>();
  const isCreate = ({ method, path }: Call): boolean => method === 'POST' && path.endsWith('/Messages.json');
  const idsOf = (call: Call): string[] => idsIn(new URLSearchParams(call.body).get('Body') ?? '');
  /** True the first time a reply to such a text is sent. */
  const goesWrong = (ids: readonly string[], how: Text['send']): boolean => {
    const id = ids.find((one) => texts.get(one)?.send === how && !used.has(one));
    if (id === undefined) return false;
    used.add(id);
    timeline.note(id, `the carrier: ${how}`);
    return true;
  };
  return {
    onCall: async (call: Call): Promise<Verdict> => {
      if (!isCreate(call)) return 'pass';
      const ids = idsOf(call);
      for (const id of ids) timeline.note(id, 'its answer is handed to the carrier');
      // Its first callback would tell the relay what the answer that is held back does not.
      if (ids.some((id) => holds.isArmed('send-unanswered', id))) call.body = withoutCallback(call.body);
      await holds.reach('send-untaken', ids, call.gone);
      if (call.gone.aborted) return 'cut';
      if (goesWrong(ids, 'refused 429')) return verdictOf(refusal({ refused: 20429 }, { 'Retry-After': '1' }));
      if (goesWrong(ids, 'taken after the time-out')) await aborted(call.gone);
      return 'pass';
    },
    onAnswer: async (call: Call, status: number): Promise<Verdict> => {
      if (!isCreate(call) || status !== 201) return 'pass';
      const ids = idsOf(call);
      if (goesWrong(ids, '500 after it was taken')) return verdictOf(serverError(500));
      if (goesWrong(ids, 'cut after it was taken')) return 'cut';
      await holds.reach('send-unanswered', ids, call.gone);
      return 'pass';
    },
  };
}

function withoutCallback(body: string): string {
  const form = new URLSearchParams(body);
  form.delete('StatusCallback');
  return form.toString();
}

const textsIn = (body: string): string =>
  (JSON.parse(body) as { messages: { text: string }[] }).messages.map(({ text }) => text).join('\n');
const idsIn = (text: string): string[] => [...new Set(text.match(ID) ?? [])];

async function verdictOf(response: Response): Promise<Verdict> {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
