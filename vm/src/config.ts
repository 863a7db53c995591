import * as z from 'zod';

// The machine's environment, checked once at start with all problems listed. Owns names and defaults.

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
  /** Loopback by default: a laptop must not offer its agent to the network. */
  HOST: z.string().min(1).default('127.0.0.1'),
  DATA_DIR: z.string().startsWith('/', 'must be an absolute path').default('/data'),
  RELAY_PUBLIC_KEYS: PublicKeys,
  RELAY_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  MACHINE_AUDIENCE: z.string().min(1).default('static'),
  IDLE_TIMEOUT_MS: milliseconds(30 * 60_000),
  /** How long the agent waits for the person's answer before it finishes its turn without one. */
  ANSWER_WAIT_MS: milliseconds(10 * 60_000),
  /**
   * `auto`: the agent does everything without asking, on a machine of its own. `ask`: it asks, on somebody's computer.
   */
  APPROVALS: z.enum(['auto', 'ask']).default('auto'),
  /** For an agent that asks: confined if the system can, only if it can, or not at all. */
  SANDBOX: z.enum(['auto', 'required', 'off']).default('auto'),
  /** Paths that an agent that asks must not read, besides DATA_DIR: absolute, separated by colons. */
  PRIVATE_PATHS: z
    .string()
    .default('')
    .transform((text) => text.split(':').filter((path) => path.startsWith('/'))),
  /** The user for agents and everything they start; by default the server's own user. */
  AGENT_UID: z.coerce.number().int().positive().optional(),
  AGENT_GID: z.coerce.number().int().positive().optional(),
  /** How long running attempts may go on after SIGTERM: the platform's kill timeout of 300 s, less 20 s to journal. */
  SHUTDOWN_GRACE_MS: milliseconds(280_000),
  /** Claude Code's own memory of each project, stored beside the project's sessions. */
  AUTO_MEMORY: z.stringbool().default(true),
  /** Agents that work together and message each other: an experimental feature of Claude Code. */
  AGENT_TEAMS: z.stringbool().default(false),
  /** How many turns run at once; others wait in order of arrival. */
  MAX_CONCURRENT_TURNS: z.coerce.number().int().positive().default(3),
  /** The most memory of an agent and everything it started; by default four fifths of the machine's. */
  AGENT_MEMORY_MAX_MB: z.coerce.number().positive().optional(),
  /** Below this much free memory, warm agents are closed. */
  MEMORY_MIN_FREE_MB: z.coerce.number().nonnegative().default(256),
  /** Below this much free disk, running attempts end, and new ones may only make room. */
  DISK_MIN_FREE_MB: z.coerce.number().nonnegative().default(100),
  /** The most text of one turn. */
  OUTPUT_MAX_MB: z.coerce.number().positive().default(10),
  /** From the model's last word to the agent's answer; the project's hooks run in between. */
  RESULT_DUE_MS: milliseconds(5 * 60_000),
  /** The time of a command that decides whether to wake the agent. */
  CHECK_MAX_MS: milliseconds(60_000),
  /** The time of a project's setup.sh. */
  SETUP_MAX_MS: milliseconds(10 * 60_000),
  /** The image this runs from, if the platform tells. */
  FLY_IMAGE_REF: z.string().max(500).optional(),
  /** A git checkout on the person's computer: the first project of each conversation is a copy of it. */
  CHECKOUT: z.string().startsWith('/', 'must be an absolute path').optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
export type ServerConfig = z.infer<typeof Environment>;

const MEGABYTE = 1024 * 1024;

/** The bounds of one attempt, in bytes and milliseconds. `memory`: the machine's memory. */
export function boundsOf(config: ServerConfig, memory: number) {
  return {
    dataDir: config.DATA_DIR,
    memoryMax: config.AGENT_MEMORY_MAX_MB === undefined ? memory * 0.8 : config.AGENT_MEMORY_MAX_MB * MEGABYTE,
    diskMin: config.DISK_MIN_FREE_MB * MEGABYTE,
    outputMax: config.OUTPUT_MAX_MB * MEGABYTE,
    resultDueMs: config.RESULT_DUE_MS,
  };
}

export function readServerConfig(
  env: Record<string, string | undefined>,
): { ok: true; config: ServerConfig } | { ok: false; problems: string[] } {
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
