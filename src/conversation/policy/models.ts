// Which models a person may choose from, and which one a project gets.

/** `fallback`: the default model. Null leaves the choice to the agent. */
export type Models = { allowed: readonly string[]; fallback: string | null };

/** The models a person can choose, including the default. */
export const choosableModelsOf = ({ allowed, fallback }: Models): string[] =>
  fallback === null ? [...allowed] : [fallback, ...allowed.filter((model) => model !== fallback)];

/** The chosen model if it is still allowed, else the default. */
export const chooseModel = (chosen: string | null, models: Models): string | null =>
  chosen !== null && choosableModelsOf(models).includes(chosen) ? chosen : models.fallback;
