import * as z from 'zod';

// The short answer to /context: one line about how full the conversation is and what fills it, from the figures of
// Claude Code's report. The report itself is passed on unchanged.

const MANY = 1e12;
const tokens = z.number().min(0).max(MANY);

export const ContextUsage = z.looseObject({
  total_tokens: tokens,
  raw_max_tokens: tokens.min(1),
  percentage: z.number().min(0).max(MANY),
  categories: z.array(z.looseObject({ name: z.string().regex(/^[\w ()-]{1,40}$/), tokens, kind: z.string() })).max(100),
});
type ContextUsage = z.infer<typeof ContextUsage>;

/** Claude Code's names in a person's words; rows of one name are added up. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['System tools', 'tools'],
  ['MCP tools', 'tools'],
  ['MCP server instructions', 'tools'],
  ['Messages', 'our messages'],
]);
const SHOWN = 3;

export function summarizeContext({ total_tokens, raw_max_tokens, percentage, categories }: ContextUsage): string {
  const used = new Map<string, number>();
  for (const { name, tokens, kind } of categories) {
    const label = NAMES.get(name) ?? name.toLowerCase();
    if (kind === 'used' && tokens > 0) used.set(label, (used.get(label) ?? 0) + tokens);
  }
  const biggest = [...used].sort((a, b) => b[1] - a[1]).slice(0, SHOWN);
  return [
    `${Math.round(percentage)}% full (${short(total_tokens)} of ${short(raw_max_tokens)} tokens).`,
    ...(biggest.length === 0
      ? []
      : [`Biggest: ${biggest.map(([name, count]) => `${name} ${short(count)}`).join(', ')}.`]),
    '/compact makes room.',
  ].join(' ');
}

/** 950, 9.7k, 13k, 1M. */
function short(count: number): string {
  if (count < 1000) return `${Math.round(count)}`;
  const [value, unit] = count < 999_500 ? [count / 1000, 'k'] : [count / 1_000_000, 'M'];
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)}${unit}`;
}
