import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import { makeCommandEnvironment } from '../../vm/src/workspace/environment.ts';
import { workspaceOf } from '../../vm/src/workspace/workspace.ts';
import { message, newAttempt, sessionOf } from './machine-harness.ts';
import { ownMachine, toolResults } from './own-machine.ts';

// An agent's installed packages are still there after the machine was stopped and started, and only for that
// conversation.

const PACKAGE = { name: 'weather', version: '1.0.0', bin: { weather: 'weather.sh' } };

test('a command installed with npm -g outlives the machine’s process, and is nobody else’s', async () => {
  const own = await ownMachine();
  try {
    const folder = join(own.dataDir, 'conversations', own.client.conversation, 'projects/main/weather');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify(PACKAGE));
    writeFileSync(join(folder, 'weather.sh'), '#!/bin/sh\necho sunny\n', { mode: 0o755 });
    own.script.reply(
      use('Bash', { command: 'npm install --offline --install-links -g ./weather && weather' }),
      'Installed',
    );
    const first = await own.client.run(newAttempt(), { messages: [message('install it')] });
    expect(toolResults(own.script).join()).toContain('sunny');

    await own.restart();
    own.script.reply(use('Bash', { command: 'rm -r weather; command -v weather' }), 'Still there');
    await own.client.run(newAttempt(), { messages: [message('and now?')], session_id: sessionOf(first) });
    expect(toolResults(own.script).at(-1)).toContain('/home/.local/bin/weather');

    own.script.reply(use('Bash', { command: 'command -v weather || echo none' }), 'No');
    await own.another().run(newAttempt(), { messages: [message('mine too?')] });
    expect(toolResults(own.script).at(-1)).toContain('none');
  } finally {
    await own.end();
  }
});

test('installed programs come after the system’s', () => {
  const place = workspaceOf('/data', 'c1');
  expect(makeCommandEnvironment({ PATH: '/usr/bin:/bin' }, place).PATH).toBe(`/usr/bin:/bin:${place.home}/.local/bin`);
  expect(makeCommandEnvironment({}, place).PATH).toBe(`${place.home}/.local/bin`);
});
