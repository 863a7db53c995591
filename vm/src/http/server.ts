import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { Hono } from 'hono/tiny';
import type { JWK } from 'jose';
import type { Logger } from 'pino';
import * as z from 'zod';
import {
  ACCEPTED_VERSIONS,
  Answer,
  acceptsVersion,
  CONNECT_TOKEN_HEADER,
  checkToken,
  ERRORS,
  EXPECT_JOURNAL_HEADER,
  JOURNAL_HEADER,
  type MachineHealth,
  MODEL_TOKEN_HEADER,
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  StartAgent,
  StartAttempt,
  SteerMessage,
  Uuid,
} from '../../../src/protocol/index.ts';
import type { Attempts } from '../attempts/attempts.ts';
import type { Clock } from '../network/clock.ts';
import { PACKAGE_FOLDER } from '../package-folder.ts';
import { RequestRefusal, toRefusal } from '../refusal.ts';
import type { FileStore } from '../transfer/file-store.ts';
import { addBackupRoutes, type BackupSetup } from './backup-routes.ts';
import { addFileRoutes } from './file-routes.ts';
import type { IdleShutdown } from './idle-shutdown.ts';
import type { RequestEnv } from './requests.ts';
import { attemptOf, parseOrRefuse, readBody, resumeAfter } from './requests.ts';

// The routes of src/protocol/README.md: checks token, version and body, then calls the parts. Keeps no state.

/** More than a hundred of the longest texts. */
const MAX_BODY = 32 * 1024 * 1024;
const COMMENT_MS = 15_000;
const Conversation = z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/);
export const SERVER_VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8'))).version;

export type ServerSetup = {
  attempts: Attempts;
  backup: BackupSetup;
  files: FileStore;
  /** Deletes everything of the conversation. */
  forget: (conversation: string) => Promise<void>;
  idleShutdown: IdleShutdown;
  journalId: string;
  clock: Clock;
  keys: readonly JWK[];
  audience: string;
  /** The image this runs from, if known. */
  image?: string | undefined;
  log: Logger;
  /** The disk had no room for a write. */
  onFull?: () => void;
  /** Aborts when the machine stops; open `/hold` streams then close. */
  stopping: AbortSignal;
};

export function createServer(setup: ServerSetup): Hono<RequestEnv> {
  const { attempts, idleShutdown } = setup;
  const app = new Hono<RequestEnv>();

  app.onError((error, c) => {
    const refusal = toRefusal(error);
    if (!(error instanceof RequestRefusal) && refusal.code === 'no_space') setup.onFull?.();
    if (!(error instanceof RequestRefusal))
      setup.log.error({ error: error.message, stack: error.stack }, 'request failed');
    return refuse(c, refusal);
  });
  app.notFound((c) =>
    refuse(c, new RequestRefusal('invalid_request', 'Not found. The addresses are in src/protocol/README.md.')),
  );
  app.use(async (c, next) => {
    c.header(JOURNAL_HEADER, setup.journalId);
    await next();
  });

  const health: MachineHealth = {
    ok: true,
    protocol: PROTOCOL_VERSION,
    version: SERVER_VERSION,
    image: setup.image ?? null,
  };
  app.get('/healthz', (c) => c.json(health));

  app.use(admitted(setup));
  // Before the body limit: these bodies are streamed and have limits of their own.
  addBackupRoutes(app, setup.backup);
  addFileRoutes(app, setup.files);
  app.use(
    bodyLimit({
      maxSize: MAX_BODY,
      onError: (c) => refuse(c, new RequestRefusal('too_large', 'The body is larger than 32 MB.')),
    }),
  );

  const refuseOtherJournal = (c: Context): void => {
    const expected = c.req.header(EXPECT_JOURNAL_HEADER);
    if (expected !== undefined && expected !== setup.journalId) {
      throw new RequestRefusal('other_journal', 'This machine lost its data. Restore it, then try again.');
    }
  };

  app.post('/agent', async (c) => {
    refuseOtherJournal(c);
    const asked = await readBody(c, StartAgent);
    return c.json({ starts: attempts.startAhead(c.var.conversation, asked) }, 202);
  });

  app.put('/attempts/:attempt', async (c) => {
    refuseOtherJournal(c);
    const asked = await readBody(c, StartAttempt);
    const { isNew, view } = attempts.start(c.var.conversation, attemptOf(c), asked);
    return c.json(view, isNew ? 201 : 200);
  });

  app.get('/attempts/:attempt/events', (c) => {
    const attempt = attemptOf(c);
    const { conversation } = c.var;
    let seen = resumeAfter(c.req.header('last-event-id'));
    attempts.eventsAfter(conversation, attempt, seen);
    const fresh = { model: c.req.header(MODEL_TOKEN_HEADER), connect: c.req.header(CONNECT_TOKEN_HEADER) };
    attempts.renewTokens(conversation, attempt, fresh);
    return held(c, setup, async (stream, closed) => {
      while (!closed.aborted) {
        const change = attempts.nextChange(conversation, attempt, closed);
        const events = attempts.eventsAfter(conversation, attempt, seen);
        for (const event of events) {
          await stream.writeSSE({ id: String(event.seq), data: JSON.stringify(event) });
          seen = event.seq;
          if (event.event.type === 'ended') return;
        }
        // The end of the stream tells the reader that there are no more events.
        if (events.length === 0 && attempts.hasEnded(conversation, attempt)) return;
        if (events.length === 0) await change;
      }
    });
  });

  app.post('/attempts/:attempt/messages/:uuid', async (c) => {
    const uuid = parseOrRefuse(Uuid, c.req.param('uuid'), 'uuid');
    const message = await readBody(c, SteerMessage);
    if (message.action !== undefined && message.action !== 'aside')
      throw new RequestRefusal(
        'invalid_request',
        'Only messages and side questions can be added to a running attempt.',
      );
    return c.json(attempts.steer(c.var.conversation, attemptOf(c), { uuid, ...message }), 202);
  });

  app.post('/attempts/:attempt/answers/:request', async (c) => {
    const answer = await readBody(c, Answer);
    return c.json(attempts.answer(c.var.conversation, attemptOf(c), c.req.param('request'), answer), 202);
  });

  app.post('/attempts/:attempt/interrupt', async (c) =>
    c.json({ dropped: await attempts.interrupt(c.var.conversation, attemptOf(c), Date.now()) }),
  );

  app.delete('/attempts/:attempt', (c) => {
    attempts.acknowledge(c.var.conversation, attemptOf(c), Date.now());
    return c.body(null, 204);
  });

  app.delete('/conversation', async (c) => {
    await setup.forget(c.var.conversation);
    return c.body(null, 204);
  });

  app.get('/hold', (c) =>
    held(c, setup, async (_stream, closed) => {
      const over = AbortSignal.any([closed, setup.stopping]);
      if (!over.aborted)
        await new Promise<void>((resolve) => over.addEventListener('abort', () => resolve(), { once: true }));
    }),
  );

  return app;

  function held(
    c: Context,
    parts: ServerSetup,
    work: (stream: SSEStreamingApi, closed: AbortSignal) => Promise<void>,
  ): Response {
    const closed = new AbortController();
    const release = idleShutdown.streamOpened();
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => closed.abort());
      const timer = setInterval(() => void stream.write(': still here\n\n'), COMMENT_MS);
      try {
        await stream.write(': hello\n\n');
        await work(stream, closed.signal);
      } catch (error) {
        parts.log.warn({ error: String(error) }, 'stream failed');
      } finally {
        clearInterval(timer);
        closed.abort();
        release();
      }
    });
  }
}

/** Accepts a request with a known protocol version and a token for this machine. */
function admitted({ keys, audience, clock, idleShutdown, log }: ServerSetup) {
  return createMiddleware<RequestEnv>(async (c, next) => {
    const [, token = ''] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const check = await checkToken(token, keys, audience, clock.now());
    if (!check.ok) {
      log.warn({ reason: check.reason }, 'token refused');
      throw new RequestRefusal('unauthorized', 'The token is missing or isn’t for this machine.');
    }
    clock.heard(check.issuedAt);
    if (!acceptsVersion(c.req.header(PROTOCOL_HEADER))) {
      const spoken = `This machine speaks version ${ACCEPTED_VERSIONS.join(' and ')} of the protocol (${PROTOCOL_HEADER})`;
      throw new RequestRefusal('unsupported_version', `${spoken}, and the relay doesn’t. Update the older of the two.`);
    }
    c.set('conversation', parseOrRefuse(Conversation, check.conversation, 'the token’s subject'));
    idleShutdown.touch();
    await next();
  });
}

function refuse(c: Context, { code, message }: RequestRefusal): Response {
  return c.json({ error: { code, message } }, ERRORS[code].status);
}
