// Which models a person may choose from, and which one a project gets.

/** `fallback`: where nothing was chosen; null leaves it to the agent. */
export type Models = { allowed: readonly string[]; fallback: string | null };

/** What can be chosen, the default among it. */
export const choosableModelsOf = ({ allowed, fallback }: Models): string[] =>
  fallback === null ? [...allowed] : [fallback, ...allowed.filter((model) => model !== fallback)];

/** The chosen one as long as it is allowed, else the default. */
export const modelFor = (chosen: string | null, models: Models): string | null =>
  chosen !== null && choosableModelsOf(models).includes(chosen) ? chosen : models.fallback;
