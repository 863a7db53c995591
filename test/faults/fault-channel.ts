import type { Vars } from '../../scripts/local/dev-vars.ts';
import type { Added } from '../../scripts/local/relay-bundle.ts';
import type { RunningCarrier } from './carrier.ts';
import type { Wire } from './carrier-rules.ts';
import type { Guarantees } from './guarantees.ts';
import type { PhoneCarrier } from './phone-carrier.ts';

// What a run needs of a channel to play its plan there. Types only.

export type FaultChannel = {
  name: string;
  guarantees: Guarantees;
  /** Its part of `src/`. */
  folders: readonly string[];
  /** How calls to its service look. `twilio` is there once the run has begun. */
  wire: (twilio: () => RunningCarrier) => Wire;
  /** Starts a stand-in of its service, with the people's phones. */
  start: (run: RunOfChannel) => Promise<PhoneCarrier & { url: string }>;
  /** The relay's settings that lead to its service at that address. */
  settings: (service: string) => Vars;
  /** The source of a channel that isn't in `src/`. */
  added?: Added;
};

/** `vars`: the relay's settings. */
export type RunOfChannel = { relayUrl: string; vars: Vars; twilio: RunningCarrier };
