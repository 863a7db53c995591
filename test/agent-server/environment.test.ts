import { expect, test } from 'vitest';
import { makeCommandEnvironment } from '../../vm/src/workspace/environment.ts';
import { workspaceOf } from '../../vm/src/workspace/workspace.ts';

// The environment of an agent's commands.

test('installed programs come after the system’s', () => {
  const place = workspaceOf('/data', 'c1');
  expect(makeCommandEnvironment({ PATH: '/usr/bin:/bin' }, place).PATH).toBe(`/usr/bin:/bin:${place.home}/.local/bin`);
  expect(makeCommandEnvironment({}, place).PATH).toBe(`${place.home}/.local/bin`);
});
