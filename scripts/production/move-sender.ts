import { parseArgs } from 'node:util';
import * as z from 'zod';
import { formatDollars } from '../../src/texts/spending.ts';
import { type Answer, ask, bearer, Unreachable } from '../accounts/ask.ts';
import type { Vars } from '../local/dev-vars.ts';

// Has the deployed relay move everybody from one of our senders to another, and says how far it is. The relay does the
// work and goes on by itself; run the command again to watch it.

const USAGE = [
  'Usage: npm run move-sender -- --from whatsapp:+15555550100 --to telegram [--works] [--yes]',
  '       npm run move-sender -- --stop',
  '  --from   our sender that is given up',
  '  --to     another sender of ours, or its channel: whatsapp:+15555550101, sms, telegram',
  '  --works  the old one can still send, so people hear of it there',
  '  --yes    begin; without it nothing is sent',
].join('\n');

const WAYS: Record<string, string> = {
  old: 'hear of it from the old sender',
  other: 'hear of it on another channel or number of theirs',
  new: 'hear of it from the new sender',
  asked: 'are asked by a template to write; the rest follows then',
  nobody: 'can’t be reached',
  none: 'don’t use that sender, or are out',
  away: 'couldn’t be asked: their conversation didn’t answer, or was being merged',
};

const Move = z.object({ state: z.string(), ways: z.record(z.string(), z.number()), to: z.string() });
const Shown = z.object({ move: Move.nullable() });
const Planned = z.object({
  to: z.string(),
  planned: z.array(z.object({ masked: z.string(), way: z.string(), micros: z.number() })),
  next: z.number().nullable(),
});
const Listed = z.object({ people: z.array(z.object({ masked: z.string().nullable() })), next: z.number().nullable() });
const Wrong = z.object({ error: z.string() });

type Screen = { out: (line: string) => void; pause: (ms: number) => Promise<void> };
type Relay = (path: string, json?: unknown) => Promise<Answer>;

const LOOK_MS = 5000;

/** The exit code. */
export async function moveEverybody(argv: readonly string[], vars: Vars, screen: Screen): Promise<number> {
  const options = readOptions(argv);
  if (options === null) return say(screen, USAGE, 2);
  const { PUBLIC_URL: url = '', OPERATOR_TOKEN: token = '' } = vars;
  if (url === '' || token === '') return say(screen, 'PUBLIC_URL or OPERATOR_TOKEN is missing from .prod.vars.', 1);
  const base = `${url.replace(/\/+$/, '')}/operator/moves`;
  const relay: Relay = (path, json) =>
    ask(`${base}${path}`, { headers: bearer(token), withinMs: 60_000, ...(json ? { method: 'POST', json } : {}) });
  try {
    if (options.stop) {
      await relay('/stop', {});
      return await watch(relay, screen);
    }
    const { from = '', to = '', works } = options;
    if (!options.yes) return await plan({ from, to, works }, relay, screen);
    const begun = await relay('', { from, to, works });
    // Another one under way is watched to its end.
    if (begun.status !== 202) screen.out(wordsOf(begun));
    return begun.status === 202 || begun.status === 409 ? await watch(relay, screen) : 1;
  } catch (error) {
    if (error instanceof Unreachable) return say(screen, `${error.message}. Run it again: it goes on where it was.`, 1);
    throw error;
  }
}

function readOptions(argv: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  try {
    const options = { from: text, to: text, works: flag, yes: flag, stop: flag };
    const { values } = parseArgs({ args: [...argv], options });
    return values.stop || (values.from && values.to) ? values : null;
  } catch {
    return null;
  }
}

async function plan(move: object, relay: Relay, screen: Screen): Promise<number> {
  const people: z.infer<typeof Planned>['planned'] = [];
  for (let after: number | null = 0, to = ''; ; ) {
    const answer = await relay('', { ...move, plan: true, after });
    const page = Planned.safeParse(answer.json);
    if (!page.success) return say(screen, wordsOf(answer), 1);
    people.push(...page.data.planned);
    after = page.data.next;
    to = page.data.to;
    if (after !== null) continue;
    const ways = Object.groupBy(people, ({ way }) => way);
    screen.out(`To ${to}, if you run it with --yes:`);
    for (const [way, those = []] of Object.entries(ways)) screen.out(`${those.length} ${WAYS[way] ?? way}`);
    for (const { masked } of ways.nobody ?? []) screen.out(`  not reached: ${masked}`);
    const micros = people.reduce((sum, each) => sum + each.micros, 0);
    screen.out(`The messages cost about ${formatDollars(micros)} (an estimate). Nothing was sent.`);
    return 0;
  }
}

async function watch(relay: Relay, screen: Screen): Promise<number> {
  for (let known = ''; ; await screen.pause(LOOK_MS)) {
    const answer = await relay('');
    const shown = Shown.safeParse(answer.json);
    if (!shown.success) return say(screen, wordsOf(answer), 1);
    const { move } = shown.data;
    if (move === null) return say(screen, 'There is no move.', 0);
    const line = Object.entries(move.ways)
      .map(([way, count]) => `${count} ${WAYS[way] ?? way}`)
      .join(' · ');
    if (line !== known) screen.out(`To ${move.to}: ${line}`);
    known = line;
    if (move.state === 'running') continue;
    screen.out(move.state === 'done' ? 'Everybody was moved.' : 'Stopped. Those who were told stay moved.');
    await listUnreached(relay, screen);
    if ('away' in move.ways) screen.out('Run it again for those who couldn’t be asked.');
    return 0;
  }
}

async function listUnreached(relay: Relay, screen: Screen): Promise<void> {
  for (const way of ['nobody', 'away']) {
    for (let after: number | null = 0; after !== null; ) {
      const { people, next }: z.infer<typeof Listed> = Listed.parse(
        (await relay(`/people?way=${way}&after=${after}`)).json,
      );
      for (const { masked } of people) screen.out(`  not reached: ${masked ?? 'somebody'}`);
      after = next;
    }
  }
}

const wordsOf = ({ status, json }: Answer): string =>
  Wrong.safeParse(json).data?.error ?? `The relay answered ${status}.`;

function say(screen: Screen, line: string, code: number): number {
  screen.out(line);
  return code;
}
