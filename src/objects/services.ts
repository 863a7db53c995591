import { schemeOf } from '../addresses.ts';
import type { Carrier } from '../channels/channel.ts';
import { capabilitiesOf, channelOf, ownerOf, sendersOf } from '../channels/registry.ts';
import { adminListsOf, isAllowed } from '../config/access.ts';
import { limitsOfDeployment, limitsOfPerson } from '../config/budgets.ts';
import { type Config, isSimulatedFor, localLinksOf, readConfig } from '../config/config.ts';
import type { Summary } from '../conversation/overview/summary.ts';
import type { ChannelOf } from '../conversation/policy/channel.ts';
import type { ConnectWay } from '../conversation/policy/connections.ts';
import { MACHINE_TOKEN_MS, MODEL_TOKEN_MS } from '../conversation/policy/machine.ts';
import type { Policy } from '../conversation/policy/policy.ts';
import type { Led } from '../conversation/state/address.ts';
import type { MachineRow } from '../conversation/state/machine.ts';
import type { PersonEntry, Said } from '../conversation/state/wishes.ts';
import type { HostAddresses } from '../git-hosts/addresses.ts';
import type { GitHubApp } from '../git-hosts/github-app.ts';
import type { Wish } from '../input/access-command.ts';
import type { Role } from '../input/roles.ts';
import { accountUrl, sealAccountState } from '../links/account-link.ts';
import { diffUrl } from '../links/diff-link.ts';
import { exportUrl } from '../links/export-link.ts';
import { mediaUrl } from '../links/media-link.ts';
import { pageUrl } from '../links/page-link.ts';
import { type Opened, openSecret, sealSecret } from '../links/sealed-secret.ts';
import { sealWords } from '../links/sealed-words.ts';
import type { Access } from '../machines/client.ts';
import { newName } from '../machines/fly/provider.ts';
import type { MachineProvider } from '../machines/provider.ts';
import { CONNECT_AUDIENCE, MODEL_AUDIENCE, type ModelToken, TokenSigner } from '../protocol/index.ts';
import { DAY } from '../units.ts';
import type { LeaseAnswer, LeaseAsk } from './deployment-budget.ts';
import type { ForgetWish, MergeWish } from './forget-person.ts';
import { providerOf } from './machine-provider.ts';
import { type ConversationMedia, homeOfLink, mediaBucketOf, mediaKeyOf, openLinked } from './media-bucket.ts';
import {
  type ConversationStub,
  directoryOf,
  findConversation,
  getConversation,
  nameObject,
  overviewShard,
} from './namespaces.ts';
import type { OutageReport } from './outage-rounds.ts';
import type { AuditEntry } from './stores/access-store.ts';
import type { Marks } from './stores/forgotten-store.ts';
import type { Plan } from './stores/overview-store.ts';
import { type Transcribe, transcriberOf } from './transcription.ts';

// Everything a conversation reaches outside its rows: the carrier, its machine, the buckets, the directory and other
// people's conversations, as the configuration names them. Secrets stay inside these functions.

export type Services = {
  /** The object's opaque id, which names the conversation to machines and in logs. */
  id: string;
  policy: Policy;
  channelOf: ChannelOf;
  /** The service of the channel of an address. */
  carrierOf: (address: string) => Carrier;
  /** The service of the channel that gave a message this id or a file this address. */
  ownerOf: (reference: string) => Carrier;
  /** Turns a voice note into text; null when no speech model is bound. */
  transcribe: Transcribe | null;
  /** The bucket of backups, or null. */
  archive: R2Bucket | null;
  machineAccess: (now: number) => Promise<Access>;
  /** Creates machines and describes them. */
  provider: MachineProvider;
  machineName: () => string;
  /** The address of a long answer, valid until `expiresAt` (ms since 1970). */
  pageUrl: (page: string, expiresAt: number) => string;
  /** The address of a diff's page, valid until `expiresAt` (ms since 1970). */
  diffUrl: (diff: string, expiresAt: number) => string;
  /** The address of a copy made by /export, valid until `expiresAt` (ms since 1970). */
  exportUrl: (link: string, expiresAt: number) => string;
  /** The address where an account at a git host is connected, valid until `expiresAt`. */
  accountUrl: (link: string, expiresAt: number) => string;
  /** The state that a person brings back from GitHub, valid until `expiresAt`. */
  accountState: (link: string, expiresAt: number) => string;
  gitHosts: HostAddresses;
  gitHubApp: GitHubApp | null;
  gitHubClientId: string | null;
  /** The bucket of the files that the agent sends. */
  outgoing: ConversationMedia;
  /** Durable when it resolves. */
  tellOperator: (cause: string, text: string) => Promise<void>;
  /** Deletes what the directory has about this conversation. */
  forgetInDirectory: (wish: Omit<ForgetWish, 'conversation'>) => Promise<void>;
  /** Durable when it resolves. */
  tellOutage: (report: Omit<OutageReport, 'conversation'>) => Promise<void>;
  /** Asks the directory for what this admin wants. `op`: names the wish. */
  wish: (wish: Wish, role: Role, op: string) => Promise<Said>;
  /** Appends to the directory's audit, each entry once for its `op`. */
  audit: (entries: readonly (AuditEntry & { op: string })[]) => Promise<void>;
  /** Tells the directory which repositories the projects have: all of them. */
  bindRepositories: (repositories: readonly string[]) => Promise<void>;
  /** Updates the directory's index of people. */
  index: (entry: PersonEntry) => Promise<void>;
  /** The shard that this conversation tells about itself; null in a deployment without the overview. */
  overview: Overview | null;
  /** Asks the directory for a part of everybody's budget, or gives it back. */
  lease: (ask: Omit<LeaseAsk, 'conversation'>) => Promise<LeaseAnswer>;
  /** The conversation of the person with this address, whichever spelling of their number they write from. */
  conversation: (address: string) => Promise<{ address: string; object: ConversationStub }>;
  /** Asks the object of this address to lead to this conversation. */
  lead: (address: string, epoch: number) => Promise<Led>;
  /** Makes the object of this address lead to another home, if it leads here. */
  leadFrom: (address: string, home: string, epoch: number) => Promise<void>;
  /** Another person's home, by its id. */
  home: (id: string) => ConversationStub;
  /** Deletes what the directory has about this home, which went into another one. */
  mergeInDirectory: (wish: Omit<MergeWish, 'from'>) => Promise<void>;
  /** Takes that away again. `marks`: by which the object recognises late repeats of the person's texts. */
  letGo: (address: string, marks: Marks) => Promise<void>;
  /** Whether the number (E.164) may text Roost, whether it is an operator's, and whether the first operator's. */
  isAllowed: (number: string) => boolean;
  isAdmin: (number: string) => boolean;
  isOwner: (number: string) => boolean;
  sealPin: (pin: string) => string;
  /** Seals and opens what the person connects; null without SECRETS_KEY. */
  secrets: Secrets | null;
  modelToken: (now: number, attempt: string) => Promise<ModelToken>;
  /** For the connect gateway; lives as long. */
  connectToken: (now: number, attempt: string) => Promise<ModelToken>;
};

/** `host`: the git host that the secret is for. `open`: null if it can't be opened. */
export type Secrets = {
  seal: (host: string, secret: string) => Promise<string>;
  open: (host: string, sealed: string) => Promise<Opened | null>;
};

/** `tell`: false if the shard doesn't know the schedules as they are. */
type Overview = {
  tell: (summary: Summary) => Promise<boolean>;
  tellPlans: (key: string, plans: readonly Plan[]) => Promise<void>;
  forget: () => Promise<void>;
};

/** Throws when the configuration is broken; the worker refuses every request before one gets here. */
export function servicesOf(env: Env, id: string, machine: () => MachineRow | null): Services {
  const result = readConfig(env);
  if (!result.ok) throw new Error(`The configuration is invalid: ${result.problems.join('; ')}`);
  const { config } = result;
  const provider = providerOf(env, config, id);
  const signer = new TokenSigner(config.MACHINE_SIGNING_KEY);
  const tokenFor = async (audience: string, now: number, attempt: string): Promise<ModelToken> => {
    const { token, expiresAt } = await signer.sign({ audience, conversation: id, attempt }, now, MODEL_TOKEN_MS);
    return { token, expires_at: expiresAt };
  };
  return {
    id,
    policy: {
      gatherMs: config.GATHER_MS,
      turnMs: config.TURN_TIMEOUT_MS,
      queueMode: config.QUEUE_MODE,
      maxParts: config.MAX_PARTS,
      nudgeTemplate: config.TWILIO_NUDGE_CONTENT_SID ?? null,
      senders: sendersOf(config).filter((sender) => channelOf(sender).isOn(config)),
      isFree: config.ANTHROPIC_API_KEY === undefined,
      limits: limitsOfPerson(config),
      isPooled: Object.values(limitsOfDeployment(config)).some((limit) => limit !== null),
      simulated: [
        ...new Set(
          sendersOf(config)
            .filter((sender) => isSimulatedFor(config, sender))
            .map(schemeOf),
        ),
      ],
      localLinks: localLinksOf(config),
      machineMemoryMb: config.MACHINE_PROVIDER === 'fly' ? config.FLY_MEMORY_MB : null,
      models: { allowed: config.ALLOWED_MODELS, fallback: config.DEFAULT_MODEL ?? null },
      assistant: { name: config.ASSISTANT_NAME ?? null, tone: config.ASSISTANT_TONE ?? null },
      deleteMedia: config.DELETE_MEDIA === 'on',
      retentionMs: config.RETENTION_DAYS === undefined ? null : config.RETENTION_DAYS * DAY,
      defaultZone: config.DEFAULT_TIMEZONE ?? null,
      welcomes: config.WELCOME === 'on',
      makesMachines: config.MACHINE_PROVIDER === 'fly',
      isMachineShared: config.MACHINE_PROVIDER === 'static' && config.STATIC_SHARED === 'trusted',
      exports: mediaBucketOf(env) !== null,
      connects: connectWayOf(config),
      archiveAfterMs: env.ARCHIVE ? config.ARCHIVE_AFTER_MS : null,
    },
    channelOf: capabilitiesOf,
    carrierOf: (address) => channelOf(address).connect(config),
    ownerOf: (reference) => ownerOf(reference).connect(config),
    transcribe: transcriberOf(env),
    archive: env.ARCHIVE ?? null,
    machineAccess: async (now) => {
      const { url, audience, headers } = provider.address(machine());
      const { token } = await signer.sign({ audience, conversation: id }, now, MACHINE_TOKEN_MS);
      return { url, headers, token };
    },
    provider,
    machineName: () => newName(config.FLY_APP_PREFIX),
    pageUrl: (page, expiresAt) =>
      pageUrl(config.PUBLIC_URL, config.MACHINE_SIGNING_KEY, { conversation: id, page, expiresAt }),
    diffUrl: (diff, expiresAt) =>
      diffUrl(config.PUBLIC_URL, config.MACHINE_SIGNING_KEY, { conversation: id, diff, expiresAt }),
    exportUrl: (link, expiresAt) =>
      exportUrl(config.PUBLIC_URL, config.MACHINE_SIGNING_KEY, { conversation: id, link, expiresAt }),
    accountUrl: (link, expiresAt) =>
      accountUrl(config.PUBLIC_URL, config.MACHINE_SIGNING_KEY, { conversation: id, link, expiresAt }),
    accountState: (link, expiresAt) =>
      sealAccountState(config.MACHINE_SIGNING_KEY, { conversation: id, link, expiresAt }),
    gitHosts: { web: config.GIT_HOSTS_URL, api: config.GIT_API_URL },
    gitHubApp: gitHubAppOf(config),
    gitHubClientId: config.GITHUB_CLIENT_ID ?? null,
    outgoing: {
      bucket: mediaBucketOf(env),
      keyOf: (file) => mediaKeyOf(id, file),
      linkOf: (file, expiresAt) =>
        mediaUrl(config.PUBLIC_URL, config.MACHINE_SIGNING_KEY, { conversation: id, file, expiresAt }),
      open: (link) => openLinked(mediaBucketOf(env), link, config.MACHINE_SIGNING_KEY, Date.now()),
      homeOf: (link) => homeOfLink(link, config.MACHINE_SIGNING_KEY),
    },
    tellOperator: async (cause, text) => directoryOf(env, config).raise({ cause, text, conversation: id, ref: null }),
    wish: async (wish, role, op) => directoryOf(env, config).wish(wish, { id, role }, op),
    audit: async (entries) => directoryOf(env, config).recordAudits(entries),
    bindRepositories: async (repositories) => directoryOf(env, config).bindRepositories(id, repositories),
    index: async (entry) => directoryOf(env, config).index(entry),
    forgetInDirectory: async (wish) => directoryOf(env, config).forget({ ...wish, conversation: id }),
    tellOutage: async (report) => directoryOf(env, config).outage({ ...report, conversation: id }),
    overview: overviewOf(env, config, id),
    lease: async (ask) => directoryOf(env, config).lease({ ...ask, conversation: id }),
    conversation: (spelled) => findConversation(env, config, spelled),
    lead: (address, epoch) => nameObject(env, config, address).point({ home: id, epoch }),
    leadFrom: async (address, home, epoch) => nameObject(env, config, address).turnFrom(id, { home, epoch }),
    home: (other) => getConversation(env, config, other),
    mergeInDirectory: async (wish) => directoryOf(env, config).merge({ ...wish, from: id }),
    letGo: async (address, marks) => nameObject(env, config, address).unpoint(id, marks),
    isAllowed: (number) => isAllowed(number, config.ALLOWED_SENDERS, isSimulatedFor(config, number)),
    ...adminListsOf(config),
    sealPin: (pin) => sealWords('pin', config.MACHINE_SIGNING_KEY, `${id} ${pin}`),
    secrets: secretsOf(config, id),
    modelToken: (now, attempt) => tokenFor(MODEL_AUDIENCE, now, attempt),
    connectToken: (now, attempt) => tokenFor(CONNECT_AUDIENCE, now, attempt),
  };
}

function connectWayOf(config: Config): ConnectWay | null {
  if (config.SECRETS_KEY === undefined) return null;
  return config.GITHUB_APP_ID !== undefined ? 'app' : config.GITHUB_CLIENT_ID !== undefined ? 'device' : 'form';
}

function gitHubAppOf(config: Config): GitHubApp | null {
  const { GITHUB_APP_ID: id, GITHUB_APP_SLUG: slug, GITHUB_APP_PRIVATE_KEY: privateKey } = config;
  const { GITHUB_CLIENT_ID: clientId, GITHUB_CLIENT_SECRET: clientSecret } = config;
  if (!id || !slug || !privateKey || !clientId || !clientSecret) return null;
  return { id, slug, privateKey, clientId, clientSecret };
}

function secretsOf({ SECRETS_KEY: current, SECRETS_KEY_PREVIOUS: previous }: Config, id: string): Secrets | null {
  if (current === undefined) return null;
  const keys = { current, previous };
  return {
    seal: (host, secret) => sealSecret(keys, { object: id, host }, secret),
    open: (host, sealed) => openSecret(keys, { object: id, host }, sealed),
  };
}

/** Each call has a stub of its own: one whose object was replaced stays broken. */
function overviewOf(env: Env, config: Config, id: string): Overview | null {
  const shard = () => overviewShard(env, config, id.slice(-1));
  if (shard() === null) return null;
  return {
    tell: async (summary) => (await shard()?.tell(summary)) ?? true,
    tellPlans: async (key, plans) => shard()?.tellPlans(id, key, plans),
    forget: async () => shard()?.forget(id),
  };
}
