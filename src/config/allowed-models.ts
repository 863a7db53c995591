import type { Config } from './config.ts';

// Decides which models a machine may use through the gateway. Claude Code sends a model's name without `[1m]`, and
// turns a short name (opus, sonnet, haiku) into the newest model of that family.

type Models = Pick<Config, 'DEFAULT_MODEL' | 'ALLOWED_MODELS'>;

const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  opus: ['opus'],
  sonnet: ['sonnet'],
  haiku: ['haiku'],
  opusplan: ['opus', 'sonnet'],
  // Without a default the agent takes its own, an opus; its subagents often name sonnet, which costs less.
  default: ['opus', 'sonnet'],
};
/** `claude-opus-4-8`, `claude-3-5-haiku-20241022`: the family's name with numbers, and nothing else. */
const CLAUDE = /^claude-(?:\d{1,2}-){0,2}(opus|sonnet|haiku)(?:-\d{1,8}){0,3}$/;
/** The agent also uses this family to name, summarise and search. */
const BACKGROUND = 'haiku';
const WINDOW = /\[[^\]]*\]$/;

export function isModelAllowed(model: string, { DEFAULT_MODEL, ALLOWED_MODELS }: Models): boolean {
  const family = CLAUDE.exec(model)?.[1];
  if (family === BACKGROUND) return true;
  const named = [DEFAULT_MODEL ?? 'default', ...ALLOWED_MODELS].map((name) => name.replace(WINDOW, ''));
  return named.some((name) =>
    Object.hasOwn(FAMILIES, name) ? family !== undefined && FAMILIES[name]?.includes(family) : name === model,
  );
}
