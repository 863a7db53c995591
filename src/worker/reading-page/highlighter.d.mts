/** Escaped HTML with `hljs-…` spans, or null for a language that is not known by this name or alias. */
export function highlight(code: string, language: string): string | null;
/** How many times as much as usual a character of that language costs. */
export function costOf(language: string): number;
