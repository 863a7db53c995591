// The environment tests run in: an allowlist and a HOME of their own, so that no key, token or setting of the person
// who runs them reaches the product or Claude Code. Pure.

const PASSED_ON = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TERM', 'COLUMNS', 'CI', 'NO_COLOR', 'FORCE_COLOR', 'TMPDIR'];

/** Names starting with ROOST_ are ours: switches such as ROOST_LONG=1 for the long tests. */
export function testEnvironment(caller: NodeJS.ProcessEnv, home: string, terminal: boolean): NodeJS.ProcessEnv {
  const kept = Object.entries(caller).filter(([name]) => PASSED_ON.includes(name) || name.startsWith('ROOST_'));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
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
