import type { MediaHost } from '../channels/twilio/media.ts';
import type { TwilioAccount } from '../channels/twilio/send.ts';
import { isAllowed } from '../config/access.ts';
import { type Config, isSimulated, readConfig } from '../config/config.ts';
import { locationHint } from '../config/placement.ts';
import { MACHINE_TOKEN_MS, MODEL_TOKEN_MS } from '../conversation/policy/machine.ts';
import { modelFor } from '../conversation/policy/models.ts';
import type { Policy } from '../conversation/policy/policy.ts';
import { SILENCE_MS } from '../conversation/policy/turn.ts';
import { programsOf } from '../conversation/questions/approvals.ts';
import { assistantOf } from '../conversation/state/assistant.ts';
import { agentMessage } from '../conversation/state/attachments.ts';
import type { MachineRow } from '../conversation/state/machine.ts';
import { numberOf } from '../conversation/state/person-clock.ts';
import { openAttempt, openTurn, projectOf, type State } from '../conversation/state/state.ts';
import { timeLimitOf } from '../conversation/turn/time-limit.ts';
import { mediaUrl } from '../links/media-link.ts';
import { pageUrl } from '../links/page-link.ts';
import type { Access } from '../machines/client.ts';
import type { MachineProvider } from '../machines/provider.ts';
import { MODEL_AUDIENCE, type StartAttempt, signToken } from '../protocol/index.ts';
import { knownAddress } from '../worker/intake.ts';
import type { Conversation } from './conversation.ts';
import { newName, providerOf } from './machine-provider.ts';
import { type MediaPlace, mediaBucket, mediaKey } from './media-bucket.ts';
import { conversationsOf, directoryOf } from './namespaces.ts';
import type { OutageReport } from './outage-rounds.ts';
import { type Transcribe, transcriberOf } from './transcription.ts';

// The part of the configuration that a conversation uses. Secrets stay inside these functions.

export type Settings = {
  /** The object's opaque id: the conversation's name towards machines and in logs. */
  id: string;
  policy: Policy;
  twilio: TwilioAccount;
  /** Where files that people send are fetched from. */
  media: MediaHost;
  /** Writes down what is said in a voice note; null when nothing is set up for it. */
  transcribe: Transcribe | null;
  /** Where copies are kept, or null. */
  archive: R2Bucket | null;
  machineAccess: (now: number) => Promise<Access>;
  /** Who makes and knows the machine. */
  provider: MachineProvider;
  machineName: () => string;
  /** The address of a long answer, valid until `expiresAt` (ms since 1970). */
  pageUrl: (page: string, expiresAt: number) => string;
  /** Where files of the agent are kept for the person. */
  outgoing: MediaPlace;
  /** Durable when it resolves. */
  tellOperator: (cause: string, text: string) => Promise<void>;
  /** Likewise. */
  tellOutage: (report: Omit<OutageReport, 'conversation'>) => Promise<void>;
  /** Somebody else's conversation, by its address. */
  /** Of the person, whichever spelling of their number they wrote from. */
  conversation: (address: string) => Promise<{ address: string; object: DurableObjectStub<Conversation> }>;
  /** Who may write, and who of them is an operator; by E.164 number. */
  isAllowed: (number: string) => boolean;
  isAdmin: (number: string) => boolean;
  modelToken: (now: number, attempt: string) => Promise<{ token: string; expires_at: number }>;
};

/** Throws when the configuration is broken: the worker has refused before anything gets here. */
export function settingsOf(env: Env, id: string, machine: () => MachineRow | null): Settings {
  const result = readConfig(env);
  if (!result.ok) throw new Error(`The configuration is invalid: ${result.problems.join('; ')}`);
  const { config } = result;
  const provider = providerOf(env, config, id);
  return {
    id,
    policy: {
      gatherMs: config.GATHER_MS,
      turnMs: config.TURN_TIMEOUT_MS,
      queueMode: config.QUEUE_MODE,
      maxParts: config.MAX_PARTS,
      nudgeTemplate: config.TWILIO_NUDGE_CONTENT_SID ?? null,
      isFree: config.ANTHROPIC_API_KEY === undefined,
      models: { allowed: config.ALLOWED_MODELS, fallback: config.DEFAULT_MODEL ?? null },
      assistant: { name: config.ASSISTANT_NAME ?? null, tone: config.ASSISTANT_TONE ?? null },
      deleteMedia: config.DELETE_MEDIA === 'on',
      defaultZone: config.DEFAULT_TIMEZONE ?? null,
      welcomes: config.WELCOME === 'on',
      makesMachines: config.MACHINE_PROVIDER === 'fly',
      archiveAfterMs: env.ARCHIVE ? config.ARCHIVE_AFTER_MS : null,
    },
    twilio: accountOf(config),
    media: { account: accountOf(config), loopback: config.LOCAL_MODE === '1' },
    transcribe: transcriberOf(env),
    archive: env.ARCHIVE ?? null,
    machineAccess: async (now) => {
      const { url, audience, headers } = provider.address(machine());
      return {
        url,
        headers,
        token: await signToken(config.MACHINE_SIGNING_KEY, { audience, conversation: id }, now, MACHINE_TOKEN_MS),
      };
    },
    provider,
    machineName: () => newName(config.FLY_APP_PREFIX),
    pageUrl: (page, expiresAt) =>
      pageUrl(config.PUBLIC_URL, config.MACHINE_SIGNING_KEY, { conversation: id, page, expiresAt }),
    outgoing: {
      bucket: mediaBucket(env),
      keyOf: (file) => mediaKey(id, file),
      linkOf: (file, expiresAt) =>
        mediaUrl(config.PUBLIC_URL, config.MACHINE_SIGNING_KEY, { conversation: id, file, expiresAt }),
    },
    tellOperator: async (cause, text) => directoryOf(env, config).raise({ cause, text, conversation: id, ref: null }),
    tellOutage: async (report) => directoryOf(env, config).outage({ ...report, conversation: id }),
    conversation: async (spelled) => {
      const address = await knownAddress(env, config, spelled);
      const hint = locationHint(numberOf(address));
      const object = conversationsOf(env, config).getByName(address, hint ? { locationHint: hint } : {});
      return { address, object };
    },
    isAllowed: (number) => isAllowed(number, config.ALLOWED_SENDERS, isSimulated(config)),
    isAdmin: (number) => isAllowed(number, config.ADMIN_SENDERS, false),
    modelToken: async (now, attempt) => ({
      token: await signToken(
        config.MACHINE_SIGNING_KEY,
        { audience: MODEL_AUDIENCE, conversation: id, attempt },
        now,
        MODEL_TOKEN_MS,
      ),
      expires_at: now + MODEL_TOKEN_MS,
    }),
  };
}

export function accountOf(config: Config): TwilioAccount {
  return {
    accountSid: config.TWILIO_ACCOUNT_SID,
    user: config.TWILIO_API_KEY_SID ?? config.TWILIO_ACCOUNT_SID,
    password: config.TWILIO_API_KEY_SECRET ?? config.TWILIO_AUTH_TOKEN,
    apiUrl: config.TWILIO_API_URL,
    messagingUrl: config.TWILIO_MESSAGING_URL,
    contentUrl: config.TWILIO_CONTENT_URL,
    statusUrl: `${config.PUBLIC_URL}/webhooks/twilio/status`,
  };
}

/** What the machine is asked to do for the open attempt. */
export function startBody(
  state: State,
  modelToken: StartAttempt['model_token'],
  settings: Settings,
  now: number,
): StartAttempt {
  const active = state.messages.filter((m) => m.state === 'active');
  const turn = openTurn(state);
  const project = projectOf(state, turn?.project ?? state.conversation.project);
  const model = modelFor(project.model, settings.policy.models);
  const { name, tone } = assistantOf(state, settings.policy);
  const assistant = { ...(name === null ? {} : { name }), ...(tone === null ? {} : { tone }) };
  return {
    project: project.id,
    session_id: turn ? turn.sessionId : project.sessionId,
    continues: (openAttempt(state)?.n ?? 1) > 1 || active.some((m) => m.tried),
    messages: active.map((message) => agentMessage(message, state.files)),
    ...(model === null ? {} : { model }),
    ...(Object.keys(assistant).length === 0 ? {} : { assistant }),
    ...(turn?.deep ? { deep: true } : {}),
    programs: programsOf(state, project.id, now),
    model_token: modelToken,
    limits: { turn_ms: timeLimitOf({ deep: turn?.deep === true }, settings.policy), silence_ms: SILENCE_MS },
  };
}
