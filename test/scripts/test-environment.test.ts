import { expect, test } from 'vitest';
import { planTests, testEnvironment } from '../../scripts/local/test-environment.ts';

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

test.each([
  [[], true, ['run']],
  [['--project', 'pure'], false, ['run', '--project', 'pure']],
  [['test/pure/text.test.ts', '-t', 'words'], false, ['run', 'test/pure/text.test.ts', '-t', 'words']],
  [['--quick', '-t', 'words'], false, expect.arrayContaining(['run', 'pure', 'edge', '-t', 'words'])],
  [['--watch'], false, expect.arrayContaining(['watch', 'pure', 'edge', '--changed'])],
  [['--watch', 'test/vm'], false, ['watch', 'test/vm']],
])('%j', (args, withChecks, vitestArgs) => {
  expect(planTests(args)).toMatchObject({ withChecks, vitestArgs });
});

test('the quick run is the checks and every ring that starts no processes', () => {
  const { withChecks, vitestArgs, quick } = planTests(['--quick']);
  expect({ withChecks, quick }).toEqual({ withChecks: true, quick: true });
  expect(planTests([])).not.toHaveProperty('quick');
  expect(vitestArgs).toEqual(['run', '--project', 'pure', '--project', 'edge']);
});
