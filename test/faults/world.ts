import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { freePort } from '../../scripts/local/ports.ts';
import type { Process } from '../../scripts/local/process-families.ts';
import type { LifecyclePace } from '../../simulator/twilio/lifecycle.ts';
import { publicPartOf } from '../../src/protocol/index.ts';
import { startBucket } from '../relay/bucket.ts';
import { closeObjectFiles } from '../relay/object-files.ts';
import { Relay, relayVars } from '../relay/relay.ts';
import { type RunningCarrier, senderOn, startCarrier } from './carrier.ts';
import { carrierRules, type Refusal } from './carrier-rules.ts';
import type { ClockMove } from './clock.ts';
import type { FaultChannel } from './fault-channel.ts';
import { startFlyMachines } from './fly-machines.ts';
import { type Front, startFront } from './front.ts';
import { type Guard, NO_GUARD } from './guard.ts';
import { Holds } from './holds.ts';
import { FaultyMachine, type Machines } from './machine.ts';
import { type MachineListener, machineRules } from './machine-rules.ts';
import { startModel } from './model.ts';
import type { ModelStandIn } from './model-server.ts';
import type { Patch } from './patches.ts';
import type { PhoneCarrier } from './phone-carrier.ts';
import { Phones } from './phones.ts';
import type { Text, Weather } from './plan.ts';
import { RealMachine } from './real-machine.ts';
import { startRealModel } from './real-model.ts';
import { ObjectRows } from './rows.ts';
import { Timeline } from './timeline.ts';
import { twilioSettings, WHATSAPP_CHANNEL } from './whatsapp-channel.ts';

// Every part a text passes: carrier, model and two fronts in this process; relay and agent server in separate processes
// that can be killed and restarted. The folder holds all of their state.

export type WorldOptions = {
  /** The folder of the relay's sources. */
  root: string;
  /** Holds `bundle/`, the deployed relay. */
  folder: string;
  texts: readonly Text[];
  /** The people's; default: WhatsApp. */
  channel?: FaultChannel;
  pace?: Partial<LifecyclePace>;
  /** Configuration of the relay besides the generated one. */
  vars?: Vars;
  /** The age below which the relay ignores messages in the carrier's lists. */
  youngestMs?: number;
  guard?: Guard;
  /** Changes of the agent server's source. */
  ofMachine?: readonly Patch[];
  /** Everybody has a separate machine, on the fake Fly. */
  ownMachines?: boolean;
  /** Machines are backed up to the bucket. */
  backsUp?: boolean;
  /** The scripted one by default. */
  agent?: 'scripted' | 'real';
};

export type FaultWorld = {
  folder: string;
  /** Twilio, which is there on every channel. */
  carrier: RunningCarrier;
  /** The people's. */
  carrierOfRun: PhoneCarrier;
  phones: Phones;
  /** Sets how the carrier's API behaves from now on. */
  sky: { weather: Weather };
  model: ModelStandIn;
  relay: Relay;
  machine: Machines;
  ownMachines: boolean;
  rows: ObjectRows;
  holds: Holds;
  timeline: Timeline;
  counter: string;
  youngestMs: number;
  /** The conversations whose clocks were moved, and when. */
  clockMoves: ClockMove[];
  /** The people who were sent something before the time the carrier had named. */
  askedEarly: readonly string[];
  sends: ReadonlyMap<string, readonly number[]>;
  /** The relay may not have stored the refusals since then. */
  forgetRefusals: (since: number) => void;
  onMachineCall: (listener: MachineListener) => void;
  /** Breaks every connection between the parts; returns how many there were. */
  cut: () => number;
  processes: () => Process[];
  stop: () => Promise<void>;
};

/** Folders are copied this long after the last turn, and the run's end waits for it. */
const ARCHIVE_AFTER_MS = '15000';
/** As in src/worker/reconcile-range.ts. */
const YOUNGEST_MS = 120_000;

export async function buildFaultWorld(options: WorldOptions): Promise<FaultWorld> {
  const { root, folder, texts, pace = {}, vars: more = {}, youngestMs = YOUNGEST_MS } = options;
  const { channel = WHATSAPP_CHANNEL } = options;
  const { guard = NO_GUARD, ownMachines = false, backsUp = false, agent, ofMachine = [] } = options;
  mkdirSync(join(folder, 'machine'), { recursive: true });
  const counter = join(folder, 'counter');
  const holds = new Holds();
  const sky: { weather: Weather } = { weather: 'fine' };
  const timeline = new Timeline();
  const askedEarly: string[] = [];
  const refusals = new Map<string, Refusal>();
  const sends = new Map<string, number[]>();
  const byId = new Map(texts.map((text) => [text.id, text]));
  const [relayPort, machinePort] = [await freePort(), await freePort()];
  const bucket = await startBucket();
  const model =
    agent === 'real'
      ? await startRealModel({ texts: byId, holds, timeline, counter })
      : await startModel({ texts: byId, holds, timeline });
  const listeners: MachineListener[] = [];
  const ofAgents = { FAULTS_COUNTER: counter, FAULTS_TOOLS_URL: model.toolsUrl };
  const fly = ownMachines ? await startFlyMachines(folder, ofAgents) : null;
  const machineFront = await startFront(
    fly?.url ?? `http://127.0.0.1:${machinePort}`,
    machineRules(holds, timeline, {
      called: (turn) => {
        for (const { called } of listeners) called(turn);
      },
      steered: (ids) => {
        for (const { steered } of listeners) steered(ids);
      },
    }),
  );
  const drawn = relayVars({
    PUBLIC_URL: `http://127.0.0.1:${relayPort}`,
    MACHINE_URL: machineFront.url,
    ANTHROPIC_API_URL: model.url,
    TWILIO_SENDERS: senderOn('whatsapp'),
    DEFAULT_TIMEZONE: 'UTC',
  });
  const relayUrl = `http://127.0.0.1:${relayPort}`;
  const carrierFront = await startFront(
    () => carrierOfRun.url,
    carrierRules({
      texts: byId,
      wire: channel.wire(() => carrier),
      senderWaitS: channel.guarantees.senderWaitS,
      refusals,
      sends,
      weather: () => sky.weather,
      holds,
      timeline,
      askedEarly: (to) => askedEarly.push(to),
    }),
  );
  const carrier = await startCarrier({
    accountSid: drawn.TWILIO_ACCOUNT_SID ?? '',
    authToken: drawn.TWILIO_AUTH_TOKEN ?? '',
    publicUrl: drawn.PUBLIC_URL ?? '',
    pace,
    apiUrl: carrierFront.url,
  });
  const carrierOfRun = await channel.start({ relayUrl, vars: drawn, twilio: carrier });
  const phones = new Phones(carrierOfRun, timeline);
  const atCarrier = { ...twilioSettings(carrier.url), ...channel.settings(carrierFront.url) };
  const copying = backsUp ? { ARCHIVE_AFTER_MS } : {};
  const vars = { ...drawn, ...atCarrier, ...fly?.vars(machineFront.url), ...copying, ...more };
  const relay = new Relay(root, folder, relayPort, vars, { guard, bucket: bucket.address, backsUp });
  const shared = {
    RELAY_URL: relay.url,
    RELAY_PUBLIC_KEYS: JSON.stringify([publicPartOf(JSON.parse(drawn.MACHINE_SIGNING_KEY ?? '{}') as JWK)]),
    ...ofAgents,
    FAULTS_PATCHES: JSON.stringify(ofMachine),
  };
  const Machine = agent === 'real' ? RealMachine : FaultyMachine;
  const machine = fly?.machines ?? new Machine(folder, machinePort, shared, guard);
  const fronts: Front[] = [machineFront, carrierFront];
  return {
    folder,
    carrier,
    carrierOfRun,
    phones,
    sky,
    model,
    relay,
    machine,
    ownMachines,
    rows: new ObjectRows(relay.objects),
    holds,
    timeline,
    counter,
    youngestMs,
    clockMoves: [],
    askedEarly,
    sends,
    forgetRefusals: (since) => {
      for (const [to, { at }] of refusals) if (at >= since) refusals.delete(to);
    },
    onMachineCall: (listener) => {
      listeners.push(listener);
    },
    cut: () => fronts.reduce((sum, front) => sum + front.cut(), 0),
    processes: () => [relay.process(), machine.process()].flatMap((one) => one ?? []),
    stop: async () => {
      holds.release();
      phones.end();
      await Promise.all([relay.kill(), fly ? fly.machines.stop() : machine.kill()]);
      closeObjectFiles(relay.objects);
      if (machine instanceof RealMachine) machine.endAgents();
      for (const front of fronts) front.close();
      await carrierOfRun.close();
      await carrier.close();
      model.close();
      bucket.close();
    },
  };
}
