import * as z from 'zod';

// The machine's environment, checked once at start with every problem listed. Owns names and defaults.

const milliseconds = (fallback: number) => z.coerce.number().int().positive().default(fallback);

const PublicKeys = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a JSON array of public keys' });
      return z.NEVER;
    }
  })
  .pipe(
    z
      .array(
        z
          .looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string().min(1) })
          .refine((key) => !('d' in key), 'holds a private key: give the machine public keys only'),
      )
      .min(1)
      .max(2),
  );

const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** Loopback unless told otherwise: a laptop must not offer its agent to the network. */
  HOST: z.string().min(1).default('127.0.0.1'),
  DATA_DIR: z.string().startsWith('/', 'must be an absolute path').default('/data'),
  RELAY_PUBLIC_KEYS: PublicKeys,
  RELAY_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  MACHINE_AUDIENCE: z.string().min(1).default('static'),
  IDLE_TIMEOUT_MS: milliseconds(30 * 60_000),
  /** How long running attempts may go on after SIGTERM: the platform's kill time-out of 300 s less 20 s to journal. */
  SHUTDOWN_GRACE_MS: milliseconds(280_000),
  /** What the agent learns by itself about a project, kept beside the project's sessions. */
  AUTO_MEMORY: z.stringbool().default(true),
  /** Agents that work together and write to each other: an experiment of Claude Code. */
  AGENT_TEAMS: z.stringbool().default(false),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
export type Config = z.infer<typeof Environment>;

export function readConfig(
  env: Record<string, string | undefined>,
): { ok: true; config: Config } | { ok: false; problems: string[] } {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = Environment.safeParse(given);
  if (result.success) return { ok: true, config: result.data };
  return {
    ok: false,
    problems: result.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return given[name] === undefined ? `${name} is missing` : `${name}: ${issue.message}`;
    }),
  };
}
