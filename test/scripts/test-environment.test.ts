import { expect, test } from 'vitest';
import { testEnvironment } from '../../scripts/local/test-environment.ts';

test('a key, a token and the HOME of the caller do not reach the tests', () => {
  const caller = {
    PATH: '/bin',
    HOME: '/home/me',
    ANTHROPIC_API_KEY: 'secret',
    CLAUDE_CONFIG_DIR: '/x',
    ROOST_LONG: '1',
  };
  const env = testEnvironment(caller, '/tmp/home', false);
  expect(env).toMatchObject({ PATH: '/bin', HOME: '/tmp/home', ROOST_LONG: '1' });
  expect(JSON.stringify(env)).not.toContain('secret');
  expect(env).not.toHaveProperty('CLAUDE_CONFIG_DIR');
});
