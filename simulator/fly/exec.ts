import { execFile } from 'node:child_process';
import { machineEnvironment } from './machine-environment.ts';
import { refusals } from './refusals.ts';
import { bodyAs, execCommand } from './request-schemas.ts';
import { changeable, ok, type Route } from './route.ts';

// POST …/exec: runs a command in a started machine, with its environment and folders. Answers 200 even if the command
// fails.

const MAX_OUTPUT = 1024 * 1024;

export const execRoute: Route = {
  method: 'POST',
  path: '/apps/:app/machines/:machine/exec',
  action: 'machine.exec',
  async handle(cloud, call) {
    const machine = changeable(cloud, call);
    const { command, stdin, timeout } = bodyAs(execCommand, call.body);
    const program = cloud.running.get(machine.id);
    const image = cloud.options.images[machine.config.image];
    if (machine.state !== 'started' || !program || !image) throw refusals.illegal('exec on', machine.state);
    const [mount] = machine.config.mounts ?? [];
    const env = machineEnvironment(machine, image, cloud.options.env ?? {}, {
      volume: mount ? cloud.store.volumeFolder(mount.volume) : null,
      scratch: cloud.store.scratchFolder(machine.id),
      port: program.port,
    });
    const [file = '', ...args] = command;
    const options = {
      cwd: image.cwd,
      env,
      timeout: timeout * 1000,
      maxBuffer: MAX_OUTPUT,
      signal: cloud.background.signal,
    };
    return new Promise((resolve) => {
      const child = execFile(file, args, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
        resolve(ok({ stdout, stderr, exit_code: code, exit_signal: 0 }));
      });
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(stdin ?? '');
    });
  },
};
