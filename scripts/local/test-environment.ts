import { join } from 'node:path';

// Plans a test run and builds its environment: an allowlist and a HOME of its own, so that no key, token or
// setting of the person who runs it reaches the product or Claude Code. Pure.

const PASSED_ON = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TERM', 'COLUMNS', 'CI', 'NO_COLOR', 'FORCE_COLOR', 'TMPDIR'];

/** The rings that start no processes. */
const QUICK = ['--project', 'pure', '--project', 'edge'];

/** `args`: those after `npm test`, or `--quick` or `--watch` and those after it. What is named is run without the checks. */
export function planTests(args: readonly string[]): { withChecks: boolean; vitestArgs: string[]; quick?: true } {
  const [mode, ...named] = args;
  if (mode === '--quick') {
    return { withChecks: named.length === 0, vitestArgs: ['run', ...QUICK, ...named], quick: true };
  }
  if (mode === '--watch') {
    // Without names: what belongs to the files that differ from the last commit.
    return { withChecks: false, vitestArgs: ['watch', ...(named.length > 0 ? named : [...QUICK, '--changed'])] };
  }
  return { withChecks: args.length === 0, vitestArgs: ['run', ...args] };
}

/** Names starting with ROOST_ are ours: switches such as ROOST_LONG=1 for the long tests. */
export function testEnvironment(caller: NodeJS.ProcessEnv, home: string, terminal: boolean): NodeJS.ProcessEnv {
  const kept = Object.entries(caller).filter(([name]) => PASSED_ON.includes(name) || name.startsWith('ROOST_'));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    // What Node has compiled once in this run it need not compile again: hundreds of short processes load the same files.
    NODE_COMPILE_CACHE: join(home, 'compiled'),
    // vitest colours what goes into a file, too, unless told not to.
    ...(terminal || caller.FORCE_COLOR ? {} : { NO_COLOR: '1' }),
    // Nothing a tool would fetch or report on its own leaves the machine.
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
  };
}
