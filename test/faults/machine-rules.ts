import type { Call, FrontRules, Verdict } from './front.ts';
import type { Holds } from './holds.ts';
import { idsIn } from './said.ts';
import type { Timeline } from './timeline.ts';

// Strikes at calls between relay and agent server: they wait at a text the plan aims at. In memory.

export type MachineListener = {
  /** The agent server has answered the relay about this turn. */
  called: (turn: string) => void;
  /** The agent server has taken texts of this turn into running work. */
  steered: (ids: readonly string[]) => void;
};

export function machineRules(holds: Holds, timeline: Timeline, heard: MachineListener): FrontRules {
  const idsOfTurn = new Map<string, string[]>();
  const turnOf = ({ path }: Call): string => /\/attempts\/([^.]+)\./.exec(path)?.[1] ?? '';
  const idsOf = (call: Call): string[] => idsOfTurn.get(turnOf(call)) ?? [];
  const note = (call: Call, what: string): void => {
    for (const id of idsOf(call)) timeline.note(id, what);
  };
  return {
    onCall: async (call: Call): Promise<Verdict> => {
      if (isStart(call)) idsOfTurn.set(turnOf(call), idsIn(textsIn(call.body)));
      if (call.method === 'DELETE') return 'pass';
      note(call, `${call.method} ${call.path}`);
      if (isStart(call)) await holds.reach('start-undelivered', idsOf(call), call.gone);
      if (call.path.includes('/answers/')) await holds.reach('heard', idsOf(call), call.gone);
      return call.gone.aborted ? 'cut' : 'pass';
    },
    onAnswer: async (call: Call, status: number): Promise<Verdict> => {
      if (call.method === 'DELETE') return 'pass';
      note(call, `${call.method} ${call.path}: ${status}`);
      heard.called(turnOf(call));
      if (isSteer(call) && status < 300) heard.steered(idsIn(call.body));
      if (isStart(call)) await holds.reach('start-unanswered', idsOf(call), call.gone);
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

const isStart = ({ method, path }: Call): boolean => method === 'PUT' && /^(\/m\/[^/]+)?\/attempts\//.test(path);
const isSteer = ({ method, path }: Call): boolean => method === 'POST' && /\/attempts\/[^/]+\/messages\//.test(path);
const textsIn = (body: string): string =>
  (JSON.parse(body) as { messages: { text: string }[] }).messages.map(({ text }) => text).join('\n');
