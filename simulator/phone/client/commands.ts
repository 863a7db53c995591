// Finds the commands that match the typed text. Pure.

export type Choice = { name: string; words: string };

/** The text after the slash while it can still become a command; otherwise null. */
export const typedCommand = (text: string): string | null =>
  /^\/([a-z-]{0,20})$/i.exec(text)?.[1]?.toLowerCase() ?? null;

/**
 * Sorts: the name that is the text, then names that begin with it, names that contain it, and names whose descriptions
 * have a word that begins with it.
 */
export function fitting(choices: readonly Choice[], typed: string): string[] {
  const rank = ({ name, words }: Choice): number => {
    if (name === typed) return 0;
    if (name.startsWith(typed)) return 1;
    if (name.includes(typed)) return 2;
    return typed.length > 2 &&
      words
        .toLowerCase()
        .split(/\W+/)
        .some((word) => word.startsWith(typed))
      ? 3
      : 4;
  };
  return choices
    .map((choice) => ({ choice, rank: rank(choice) }))
    .filter((ranked) => ranked.rank < 4)
    .sort((a, b) => a.rank - b.rank)
    .map(({ choice }) => choice.name);
}
