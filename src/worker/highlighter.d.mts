/** Escaped HTML with `hljs-…` spans, or null for a language that is not known by this name or alias. */
export function highlight(code: string, language: string): string | null;
