import { LeftOut } from './check.ts';
import { cloudflareSilence, type DoctorContext, leftOut } from './context.ts';
import type { ConversationHealth } from './relay.ts';

// Asks conversations for their state, a few at a time, as many as time allows. Reads the whole list from Cloudflare.
// Only reads, and reaches no machine.

const MOST = 5_000;
const AT_ONCE = 12;
const WITHIN_MS = 45_000;
/** For a check that waits for the survey. */
export const SURVEY_MS = WITHIN_MS + 10_000;

export type Standing = { id: string } & ConversationHealth;
/** `untold`: conversations without an answer from the relay. `more`: some conversations were not asked. */
export type Survey = { standing: Standing[]; untold: number; more: boolean };

const surveys = new WeakMap<DoctorContext, Promise<Survey>>();

/** Done once for all checks that need it. */
export function survey(context: DoctorContext, most = MOST): Promise<Survey> {
  const known = surveys.get(context) ?? look(context, most, Date.now() + WITHIN_MS);
  surveys.set(context, known);
  return known;
}

async function look(context: DoctorContext, most: number, until: number): Promise<Survey> {
  const relay = context.relay();
  const ids = idsOf(context);
  // When the relay does not answer at all, no conversation needs to be asked.
  await relay.health();
  const found: Survey = { standing: [], untold: 0, more: false };
  let asked = 0;
  const worker = async (): Promise<void> => {
    for await (const id of ids) {
      if (asked >= most || Date.now() > until) {
        found.more = true;
        return;
      }
      asked++;
      const health = await relay.conversation(id).catch((error: unknown) => {
        if (error instanceof LeftOut) return 'untold' as const;
        throw error;
      });
      if (health === 'untold') found.untold++;
      else if (health) found.standing.push({ id, ...health });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (found.standing.length === 0 && asked > 0) {
    throw new LeftOut(
      `the relay ${found.untold > 0 ? 'reports on' : 'knows'} none of the conversations that Cloudflare lists`,
    );
  }
  return found;
}

/** Each worker asks the next conversation when it is done with one. */
async function* idsOf(context: DoctorContext): AsyncGenerator<string> {
  const pages = await context.conversations();
  try {
    for await (const page of pages) yield* page;
  } catch (error) {
    leftOut(cloudflareSilence)(error);
  }
}
