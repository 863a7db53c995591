import { spawn } from 'node:child_process';
import type { LocalParts } from './local-parts.ts';
import { localParts } from './local-parts.ts';
import type { Part } from './part.ts';
import { planRun } from './plan.ts';
import { endFamily } from './processes.ts';
import { completeDevVars, folders, withZone } from './settings.ts';

// Runs one part alone in the foreground, configured as `npm start` would. No supervision: it ends when the part ends.

export function runAlone(
  choose: (parts: LocalParts) => Part | null,
  port: (ports: Record<string, number | null>) => number | null,
): void {
  const environment = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
  const vars = withZone(completeDevVars(console.log));
  const planned = planRun(vars, { real: false, twilio: false }, environment, folders.state);
  const part = planned.ok ? choose(localParts(planned.plan, folders, environment)) : null;
  if (!planned.ok || !part) {
    console.error(
      planned.ok ? 'This part does not run here.' : `Cannot start; change .dev.vars: ${planned.problems.join('; ')}.`,
    );
    process.exitCode = 1;
    return;
  }
  const { command, args, env, cwd } = part.launch(port(planned.plan.ports) ?? 0);
  const child = spawn(command, args, { cwd, env, stdio: 'inherit', detached: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void endFamily(child.pid ?? -1, 3_000));
  child.on('exit', (code) => {
    process.exitCode = code ?? 0;
  });
}
