import * as z from 'zod';

// Asks the relay of this computer for a link that logs a browser in to the operator's page.

const Made = z.object({ url: z.string() });
const ANSWER_MS = 5000;

/** With the relay's own address on this computer, because the page opens nowhere else. Null if the relay has none. */
export async function findOperatorLink(port: number, token: string | undefined): Promise<string | null> {
  if (!token) return null;
  const own = `http://127.0.0.1:${port}`;
  try {
    const answer = await fetch(`${own}/operator/login-links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const made = Made.safeParse(await answer.json());
    return made.success ? own + new URL(made.data.url).pathname : null;
  } catch {
    return null;
  }
}
