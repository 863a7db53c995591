// The prompt for an agent that goes on with a cut turn. Pure.

export function writeResumePrompt(cutTools: readonly string[]): string {
  const begin = 'Continue from where you left off.';
  if (cutTools.length === 0) return begin;
  return `${begin} What the person asked for is not answered yet. ${warnOfCutTools(cutTools)}`;
}

export const warnOfCutTools = (cutTools: readonly string[]): string =>
  `These tool calls had started when you were interrupted and may already have taken effect, so check before you repeat them: ${cutTools.join(', ')}.`;
