import type { Vars } from './dev-vars.ts';

// PORT_BASE in .dev.vars moves all local addresses at once, so that a second copy can run on the same computer. Pure.

/** The offset of each address's port from the base. */
const OFFSETS: Readonly<Record<string, number>> = {
  TWILIO_API_URL: 0,
  TWILIO_MESSAGING_URL: 0,
  TWILIO_CONTENT_URL: 0,
  PUBLIC_URL: 1,
  MACHINE_URL: 2,
  DEMO_MODEL_URL: 3,
  FLY_API_URL: 4,
  GIT_API_URL: 7,
  GIT_HOSTS_URL: 7,
};
/** The path of an address, for addresses that have one. */
const PATHS: Readonly<Record<string, string>> = { GIT_API_URL: '/api', GIT_HOSTS_URL: '/{host}' };
/** The debuggers' ports with `--inspect`: with PORT_BASE after the addresses, otherwise the debuggers' defaults. */
const INSPECTORS = { relay: 5, machine: 6 };
const USUAL_INSPECTORS = { relay: 9229, machine: 9230 };
export const PORTS_USED = 8;

export const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;
export const isLoopback = (url: string): boolean =>
  URL.canParse(url) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);

export function inspectorPorts({ PORT_BASE }: Vars): { relay: number; machine: number } {
  if (!PORT_BASE) return USUAL_INSPECTORS;
  return { relay: Number(PORT_BASE) + INSPECTORS.relay, machine: Number(PORT_BASE) + INSPECTORS.machine };
}

/** Addresses elsewhere, such as a tunnel's or Twilio's own, stay as they are. */
export function withPortBase(vars: Vars): { vars: Vars; problems: string[] } {
  const given = vars.PORT_BASE ?? '';
  if (given === '') return { vars, problems: [] };
  const base = Number(given);
  if (!isPort(base) || !isPort(base + PORTS_USED - 1)) {
    return {
      vars,
      problems: [`PORT_BASE must be a port such as 5000; it and the next ${PORTS_USED - 1} are used`],
    };
  }
  const at = (name: string): string => `http://127.0.0.1:${base + (OFFSETS[name] ?? 0)}${PATHS[name] ?? ''}`;
  const moved = Object.keys(OFFSETS).filter((name) => !vars[name] || isLoopback(vars[name]));
  const changes: Record<string, string> = Object.fromEntries(moved.map((name) => [name, at(name)]));
  // A run without a real model has the demo model here; another server's address is its owner's.
  if (vars.ANTHROPIC_API_URL && vars.ANTHROPIC_API_URL === vars.DEMO_MODEL_URL)
    changes.ANTHROPIC_API_URL = at('DEMO_MODEL_URL');
  const relay = vars.RELAY_PORT ? {} : { RELAY_PORT: String(base + 1) };
  return { vars: { ...vars, ...relay, ...changes }, problems: [] };
}
