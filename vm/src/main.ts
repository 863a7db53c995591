import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { Actions } from './actions/actions.ts';
import { FirstClone } from './actions/first-clone.ts';
import { AgentPool } from './agent/pool.ts';
import { Attempts } from './attempts/attempts.ts';
import { reasonOfFailure } from './attempts/failure.ts';
import { forgetConversation } from './attempts/forget-conversation.ts';
import { Gateways } from './attempts/gateways.ts';
import { PreChecks } from './attempts/pre-check/run.ts';
import { Claude } from './claude/claude.ts';
import { boundsOf, readServerConfig, type ServerConfig } from './config.ts';
import { IdleShutdown } from './http/idle-shutdown.ts';
import { createServer, SERVER_VERSION } from './http/server.ts';
import { BackgroundCommandTable } from './journal/background-command-table.ts';
import { Journal } from './journal/journal.ts';
import { ProgramTable } from './journal/program-table.ts';
import { SessionTable } from './journal/session-table.ts';
import { Clock } from './network/clock.ts';
import { ConnectProxy } from './network/connect-proxy.ts';
import { ModelProxy } from './network/model-proxy.ts';
import { type AgentUser, runAgentsAs } from './process/agent-user.ts';
import { DiskReserve } from './process/disk-reserve.ts';
import { killAgents, killMarked } from './process/process-tree.ts';
import { readFreeMemory, readTotalMemory } from './process/resources.ts';
import { watchForResume } from './process/resume-watch.ts';
import type { ApprovalPolicy } from './process/sandbox.ts';
import { probeSandbox } from './process/sandbox.ts';
import { pathWithout, systemFoldersOf } from './process/system-path.ts';
import { ProgramConsent } from './programs/program-consent.ts';
import { Repositories } from './repository/repositories.ts';
import { makeToolsFolder, toolsFolderOf } from './repository/tools-folder.ts';
import { FileStore } from './transfer/file-store.ts';
import { bringBranches, useCheckout } from './workspace/checkout.ts';
import { checkAgentUser, correctOwners } from './workspace/ownership.ts';
import { agentMarkOf, workspaceOf } from './workspace/workspace.ts';

// The agent server's entry: wires the parts, listens, and shuts down in order on SIGTERM, SIGINT or when idle.

const LAST_EVENTS_MS = 2000;

const result = readServerConfig(process.env);
if (!result.ok) {
  process.stderr.write(`The agent server can’t start:\n${result.problems.map((line) => `  ${line}\n`).join('')}`);
  process.exit(1);
}
await run(result.config);

async function run(config: ServerConfig): Promise<void> {
  const log = pino({
    level: config.LOG_LEVEL,
    base: null,
    // No code logs texts, tokens or numbers; this is a second safeguard.
    redact: [
      'text',
      '*.text',
      'messages',
      '*.messages',
      'token',
      '*.token',
      'authorization',
      '*.authorization',
      'headers',
    ],
  });
  const agentUser = separateUsers(config);
  useCheckout(config.CHECKOUT ?? null);
  const journal = openJournal(config);
  // Agents of a killed predecessor still run and would work on the same files.
  const orphans = agentUser ? killAgents(agentUser.uid) : killMarked(agentMarkOf(config.DATA_DIR));
  const clock = new Clock();
  const modelProxy = new ModelProxy(config.RELAY_URL, clock.now);
  await modelProxy.listen();
  const connectProxy = new ConnectProxy(config.RELAY_URL, clock.now);
  await connectProxy.listen();
  const repositories = new Repositories(connectProxy, config.DATA_DIR);
  const sessions = new SessionTable(journal.db);
  const policy = await chooseApprovalPolicy(config, connectProxy.port);
  makeToolsFolder(config.DATA_DIR);
  process.env.PATH = [toolsFolderOf(config.DATA_DIR), ...systemFoldersOf(process.env)].join(':');
  const programs = new ProgramConsent({ dataDir: config.DATA_DIR, policy, table: new ProgramTable(journal.db) });
  const agent = new Claude({
    policy,
    programs,
    dataDir: config.DATA_DIR,
    sessions,
    modelUrl: (conversation) => modelProxy.urlFor(conversation),
    repositories,
    features: { autoMemory: config.AUTO_MEMORY, agentTeams: config.AGENT_TEAMS },
    complain: (conversation) => log.debug({ conversation }, 'the agent wrote to stderr'),
  });
  const files = new FileStore(config.DATA_DIR, journal.db);
  const pool = new AgentPool(
    agent,
    {
      total: readTotalMemory(),
      free: readFreeMemory,
      leastFree: config.MEMORY_MIN_FREE_MB * 1024 * 1024,
    },
    new BackgroundCommandTable(journal.db),
  );
  // On somebody's computer the person can free disk space in other ways.
  const reserve = agentUser ? new DiskReserve(config.DATA_DIR, config.DISK_MIN_FREE_MB * 1024 * 1024) : undefined;
  void reserve?.keep();
  const cloning = {
    dataDir: config.DATA_DIR,
    policy,
    repositories,
    proxy: connectProxy,
    diskMin: boundsOf(config, readTotalMemory()).diskMin,
    closeAgent: (conversation: string) => pool.closeWarm(conversation),
  };
  const attempts = new Attempts({
    firstClone: new FirstClone(cloning),
    journal,
    agent,
    pool,
    programs,
    checks: new PreChecks({
      dataDir: config.DATA_DIR,
      policy,
      repositories,
      boundMs: config.CHECK_MAX_MS,
      ...(policy.approvals === 'auto'
        ? { setup: { image: config.FLY_IMAGE_REF ?? SERVER_VERSION, boundMs: config.SETUP_MAX_MS } }
        : {}),
    }),
    actions: new Actions({ dataDir: config.DATA_DIR, agent, pool, journal, cloning }),
    gateways: new Gateways(modelProxy, connectProxy, repositories),
    watch: { ...boundsOf(config, readTotalMemory()), reserve },
    mostAtOnce: config.MAX_CONCURRENT_TURNS,
    files,
    answerWaitMs: config.ANSWER_WAIT_MS,
    onEnd: (conversation, attempt) => {
      const ended = journal.find(conversation, attempt);
      log.info({ conversation, attempt, trace: ended?.trace, events: ended?.view.last_seq }, 'attempt ended');
      idleShutdown.touch();
      bringBranches(workspaceOf(config.DATA_DIR, conversation), policy).catch((error: unknown) =>
        log.warn({ conversation, attempt, reason: reasonOfFailure(error) }, 'the branch did not reach the checkout'),
      );
    },
  });
  const leftOpen = attempts.closeLeftOpen(Date.now());
  journal.forgetOld(Date.now());
  await files.forgetOld(Date.now());

  const stopping = new AbortController();
  const idleShutdown = new IdleShutdown(
    config.IDLE_TIMEOUT_MS,
    () => attempts.openCount > 0,
    () => void stop('nobody needs the machine'),
  );
  watchForResume(() => {
    log.info('the machine was suspended');
    modelProxy.dropConnections();
    connectProxy.dropConnections();
  });
  const app = createServer({
    attempts,
    backup: {
      sessions,
      dataDir: config.DATA_DIR,
      isBusy: (conversation) => attempts.isBusy(conversation),
      closeAgent: (conversation) => pool.closeWarm(conversation),
    },
    files,
    forget: (conversation) =>
      forgetConversation({ attempts, pool, journal, repositories, dataDir: config.DATA_DIR }, conversation),
    idleShutdown,
    journalId: journal.id,
    clock,
    onFull: () => reserve?.release(),
    keys: config.RELAY_PUBLIC_KEYS,
    audience: config.MACHINE_AUDIENCE,
    image: config.FLY_IMAGE_REF,
    log,
    stopping: stopping.signal,
  });
  const server = serve({ fetch: app.fetch, port: config.PORT, hostname: config.HOST }, ({ port }) =>
    log.info({ port, journal: journal.id, leftOpen, orphans, agentUser: agentUser?.uid, ...saidOf(policy) }, 'ready'),
  );
  server.on('error', (error) => {
    process.stderr.write(`The agent server can’t listen on port ${config.PORT}: ${error.message}\n`);
    process.exit(1);
  });

  const stop = async (reason: string): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    idleShutdown.end();
    log.info({ reason, running: attempts.openCount }, 'stopping');
    await attempts.drain(config.SHUTDOWN_GRACE_MS);
    await pool.closeAll();
    modelProxy.close();
    connectProxy.close();
    // Streams get a moment to deliver the last events; a slower reader gets them after the next start.
    const bound = setTimeout(() => process.exit(0), LAST_EVENTS_MS);
    server.close(() => {
      clearTimeout(bound);
      journal.close();
      process.exit(0);
    });
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
}

/** Runs agents as a user of their own, if the machine has one for them. */
function separateUsers({ AGENT_UID: uid, AGENT_GID: gid = uid, DATA_DIR }: ServerConfig): AgentUser | null {
  if (uid === undefined || gid === undefined) return null;
  const user = { uid, gid };
  runAgentsAs(user);
  const refused = checkAgentUser();
  if (refused !== null) {
    process.stderr.write(`The agent server can’t start: ${refused}.\n`);
    process.exit(1);
  }
  correctOwners(DATA_DIR);
  return user;
}

/** Decides whether agents ask for consent, and tries whether their commands can be confined. */
async function chooseApprovalPolicy(
  { APPROVALS, SANDBOX, PRIVATE_PATHS, DATA_DIR }: ServerConfig,
  connectPort: number,
): Promise<ApprovalPolicy> {
  if (APPROVALS === 'auto') return { approvals: 'auto' };
  process.env.PATH = pathWithout(DATA_DIR, process.env);
  const sandbox = SANDBOX === 'off' ? { works: false as const, reason: 'off' } : await probeSandbox(process.env);
  if (SANDBOX === 'required' && !sandbox.works) {
    process.stderr.write(`The agent server can’t start: no sandbox works here (${sandbox.reason}).\n`);
    process.exit(1);
  }
  const privatePaths = [DATA_DIR, ...PRIVATE_PATHS];
  const confinesPrograms = sandbox.works && sandbox.programs;
  const shown = { shownPaths: [toolsFolderOf(DATA_DIR)], ownAddresses: [], connectPort };
  return { approvals: 'ask', isSandboxed: sandbox.works, confinesPrograms, privatePaths, ...shown };
}

const saidOf = (policy: ApprovalPolicy): Record<string, unknown> =>
  policy.approvals === 'auto' ? {} : { approvals: 'ask', sandbox: policy.isSandboxed };

function openJournal(config: ServerConfig): Journal {
  try {
    return new Journal(config.DATA_DIR, Date.now());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
