import { onePlan, stopped, type Variant } from './variant.ts';

// Relays that are wrong about /stop and /retry. Data only.

export const COMMANDS: readonly Variant[] = [
  {
    name: 'stopped-goes-on',
    patches: [
      {
        file: 'src/turns/commands.ts',
        find: `  setMessages(state, (m) => m.state === 'active', { state: 'failed', stoppedAt: now, tried: true, steered: false });`,
        replace: `  setMessages(state, (m) => m.state === 'active', { state: 'waiting', turn: null, steered: false });`,
      },
    ],
    plan: onePlan('none', stopped(3)),
  },
  {
    name: 'retry-brings-nothing',
    patches: [
      {
        file: 'src/turns/commands.ts',
        find: 'wantedAgain({ ...told, messages }, back)',
        replace: 'wantedAgain(told, back)',
      },
    ],
    plan: onePlan('none', stopped(3)),
  },
];
