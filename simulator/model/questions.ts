import type { Situation, Step } from './situation.ts';

// How the demo model asks the person: words with “or” between them are choices, anything else is an open question.
// Pure.

const ASK = 'mcp__roost__ask_person';

export function askPerson(words: string, { outcomes }: Situation): Step {
  const outcome = outcomes.at(-1);
  if (outcome) {
    return {
      do: 'say',
      text: outcome.failed ? `I couldn’t ask you: ${outcome.text}` : `You answered: ${outcome.text}`,
    };
  }
  const choices = words
    .replace(/\?+$/, '')
    .split(/,\s*(?:or\s+)?|\s+or\s+/i)
    .map((choice) => choice.trim())
    .filter((choice) => choice !== '');
  const isChoice = choices.length > 1 && choices.length <= 10;
  const question = isChoice ? 'Which one?' : `${words.replace(/\?+$/, '')}?`;
  return { do: 'use', tool: ASK, input: isChoice ? { question, options: choices } : { question } };
}
