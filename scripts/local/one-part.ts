import { spawn } from 'node:child_process';
import { completeDevVars, folders, withZone } from './folders.ts';
import { localParts } from './parts.ts';
import { planRun } from './plan.ts';
import { freePort } from './ports.ts';
import { endFamily } from './process-families.ts';
import { openRelayProxy } from './relay-proxy.ts';
import { portTaken } from './supervisor.ts';

// Runs one part alone in the foreground, configured as in `npm start`; the relay runs behind its proxy. Nothing is
// restarted: the command ends when the part ends.

export async function runAlone(name: 'relay' | 'agent' | 'simulator'): Promise<void> {
  const environment = Object.fromEntries(Object.entries(process.env).map(([key, value]) => [key, value ?? '']));
  const vars = withZone(completeDevVars(console.log));
  const planned = planRun(vars, { real: false, twilio: false }, environment, folders.state);
  if (!planned.ok) return giveUp(`Can't start; change .dev.vars: ${planned.problems.join('; ')}.`);
  const { ports } = planned.plan;
  const part = localParts(planned.plan, folders, environment)[name];
  let port = name === 'agent' ? ports.machine : ports[name];
  if (!part || port === null) return giveUp("This part doesn't run with these settings.");
  if (name === 'relay') {
    const inside = await freePort();
    const door = await openRelayProxy(port, () => Promise.resolve(inside), { local: true }).catch(() => undefined);
    if (!door) return giveUp(portTaken(part, port));
    console.log(`The relay will be at http://127.0.0.1:${port} when it's ready.`);
    port = inside;
  }
  const { command, args, env, cwd } = part.launch(port);
  const child = spawn(command, args, { cwd, env, stdio: 'inherit', detached: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void endFamily(child.pid ?? -1, 3_000));
  child.on('exit', (code) => process.exit(code ?? 0));
}

function giveUp(line: string): void {
  console.error(line);
  process.exitCode = 1;
}
