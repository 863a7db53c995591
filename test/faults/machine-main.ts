import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { Actions } from '../../vm/src/actions/actions.ts';
import { AgentPool } from '../../vm/src/agent/pool.ts';
import { Attempts } from '../../vm/src/attempts/attempts.ts';
import { forgetConversation } from '../../vm/src/attempts/forget-conversation.ts';
import { Gateways } from '../../vm/src/attempts/gateways.ts';
import { PreChecks } from '../../vm/src/attempts/pre-check/run.ts';
import { boundsOf, readServerConfig } from '../../vm/src/config.ts';
import { IdleShutdown } from '../../vm/src/http/idle-shutdown.ts';
import { createServer } from '../../vm/src/http/server.ts';
import { Journal } from '../../vm/src/journal/journal.ts';
import { ProgramTable } from '../../vm/src/journal/program-table.ts';
import { SessionTable } from '../../vm/src/journal/session-table.ts';
import { Clock } from '../../vm/src/network/clock.ts';
import { ConnectProxy } from '../../vm/src/network/connect-proxy.ts';
import { ModelProxy } from '../../vm/src/network/model-proxy.ts';
import { readFreeMemory, readTotalMemory } from '../../vm/src/process/resources.ts';
import { ProgramConsent } from '../../vm/src/programs/program-consent.ts';
import { Repositories } from '../../vm/src/repository/repositories.ts';
import { FileStore } from '../../vm/src/transfer/file-store.ts';
import { ScriptedAgent } from './scripted-agent.ts';

// The agent server as a separate process, with every real part except the agent: server, journal, attempts and model
// gateway are the product's. machine.ts starts and kills it; it runs while its parent lives.

const { FAULTS_COUNTER: counter = '', FAULTS_TOOLS_URL: toolsUrl = '' } = process.env;
const read = readServerConfig(process.env);
if (!read.ok) throw new Error(read.problems.join('; '));
const { config } = read;
const log = pino({ level: config.LOG_LEVEL, base: null });
const journal = new Journal(config.DATA_DIR, Date.now());
const gateway = new ModelProxy(config.RELAY_URL);
await gateway.listen();
const connectProxy = new ConnectProxy(config.RELAY_URL);
await connectProxy.listen();
const repositories = new Repositories(connectProxy, config.DATA_DIR);
const modelUrl = (conversation: string): string => gateway.urlFor(conversation);
const agent = new ScriptedAgent({ dataDir: config.DATA_DIR, modelUrl, counter, toolsUrl });
const { ANSWER_WAIT_MS: answerWaitMs } = config;
const files = new FileStore(config.DATA_DIR, journal.db);
const memory = { total: readTotalMemory(), free: readFreeMemory, leastFree: 0 };
const pool = new AgentPool(agent, memory);
const policy = { approvals: 'auto' } as const;
const { DATA_DIR: dataDir } = config;
const attempts = new Attempts({
  journal,
  agent,
  pool,
  programs: new ProgramConsent({ dataDir, policy, table: new ProgramTable(journal.db) }),
  checks: new PreChecks({ dataDir, policy, boundMs: config.CHECK_MAX_MS }),
  actions: new Actions({
    ...{ dataDir, agent, pool, journal },
    cloning: { dataDir, policy, repositories, proxy: connectProxy, diskMin: 0, closeAgent: async () => {} },
  }),
  gateways: new Gateways(gateway, connectProxy, repositories),
  files,
  answerWaitMs,
  watch: boundsOf(config, readTotalMemory()),
  mostAtOnce: 100,
  onEnd: () => {},
});
const leftOpen = attempts.closeLeftOpen(Date.now());
const idleShutdown = new IdleShutdown(
  config.IDLE_TIMEOUT_MS,
  () => attempts.openCount > 0,
  () => process.exit(0),
);
const app = createServer({
  attempts,
  backup: {
    sessions: new SessionTable(journal.db),
    dataDir: config.DATA_DIR,
    isBusy: (conversation) => attempts.isBusy(conversation),
    closeAgent: (conversation) => pool.closeWarm(conversation),
  },
  files,
  forget: (conversation) =>
    forgetConversation({ attempts, pool, journal, repositories, dataDir: config.DATA_DIR }, conversation),
  idleShutdown,
  journalId: journal.id,
  clock: new Clock(),
  keys: config.RELAY_PUBLIC_KEYS,
  audience: config.MACHINE_AUDIENCE,
  log,
  stopping: new AbortController().signal,
});
serve({ fetch: app.fetch, port: config.PORT, hostname: config.HOST }, ({ port }) =>
  log.info({ port, leftOpen }, 'ready'),
);
// The parent holds the other end: when the parent ends in any way, this process ends too.
if (process.env.FAULTS_STAYS !== '1') process.stdin.on('end', () => process.exit(0)).resume();
