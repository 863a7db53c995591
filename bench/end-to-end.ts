import { startStack } from '../test/journeys/stack.ts';

// Measures from a person's text at the carrier to its answer there: real relay, agent server and Claude Code, with the
// demo model, which answers at once.

const WARM_TEXTS = 20;
const PEOPLE = 3;

export type EndToEnd = { cold: number[]; warm: number[] };

export async function measureEndToEnd(): Promise<EndToEnd> {
  const stack = await startStack({ vars: { GATHER_MS: '0' } });
  const answered = async (person: string, text: string): Promise<number> => {
    const began = performance.now();
    await stack.ask(person, text);
    return performance.now() - began;
  };
  try {
    const measured: EndToEnd = { cold: [], warm: [] };
    for (let n = 0; n < PEOPLE; n++) {
      const person = `whatsapp:+1555555015${n}`;
      measured.cold.push(await answered(person, 'hello'));
      for (let text = 0; text < WARM_TEXTS; text++) measured.warm.push(await answered(person, `say ${text}`));
    }
    return measured;
  } finally {
    await stack.stop();
  }
}
