import { randomUUID } from 'node:crypto';
import { createReadStream, lstatSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Context, Hono } from 'hono';
import {
  LEFT_OUT_HEADER,
  NEWEST_HEADER,
  POSITION_HEADER,
  ProjectId,
  SESSION_BYTES_MAX,
  SessionLine,
  Uuid,
} from '../../../src/protocol/index.ts';
import { Hostile, restorePerson, restoreProject } from '../backup/restore.ts';
import { isPersonal, leadsToPersonal } from '../backup/rules.ts';
import { packSnapshot, planSnapshot, type Selection, selectInProject, TooLarge, Unsteady } from '../backup/snapshot.ts';
import { syncDisk } from '../files/sync.ts';
import type { SessionTable } from '../journal/session-table.ts';
import { RequestRefusal } from '../refusal.ts';
import { workspaceOf } from '../workspace/workspace.ts';

// The routes for backups: sessions and folders from this machine and back to it. Each is written as a whole or not at
// all. An archive in transit lies in the conversation's staging folder, which the next call empties.

/** About how much of a session goes into one object of the backup. */
const CHUNK_BYTES = 256 * 1024;

export type BackupSetup = {
  sessions: SessionTable;
  dataDir: string;
  isBusy: (conversation: string) => boolean;
  /** Ends the conversation's idle agent, which has read the files as they were. */
  closeAgent: (conversation: string) => Promise<void>;
};
type Env = { Variables: { conversation: string } };

export function addBackupRoutes(app: Hono<Env>, { sessions, dataDir, isBusy, closeAgent }: BackupSetup): void {
  /** Conversations whose folders are being read or written. */
  const working = new Set<string>();

  app.get('/sessions/:id', (c) => {
    const { conversation } = c.var;
    const session = sessionOf(c);
    const newest = sessions.newest(conversation, session);
    if (newest === 0) throw new RequestRefusal('unknown_session', 'This machine has no such session.');
    const { lines, position } = sessions.linesAfter(conversation, session, afterOf(c), CHUNK_BYTES);
    const headers = { [POSITION_HEADER]: String(position), [NEWEST_HEADER]: String(newest) };
    return c.body(lines.join(''), 200, { 'content-type': 'application/x-ndjson', ...headers });
  });

  app.put('/sessions/:id', async (c) => {
    const { conversation } = c.var;
    if (isBusy(conversation)) throw busy();
    const lines = await sessionLines(bodyOf(c));
    return c.json({ position: sessions.takeIn(conversation, sessionOf(c), lines) });
  });

  app.get('/projects/:id/snapshot', (c) => {
    const { projects } = workspaceOf(dataDir, c.var.conversation);
    const folder = join(projects, projectOf(c));
    if (!isFolder(folder)) throw new RequestRefusal('unknown_project', 'This machine has no such project.');
    return alone(c, (staging) => snapshot(c, folder, selectInProject, staging));
  });

  app.put('/projects/:id/snapshot', (c) => {
    const { projects } = workspaceOf(dataDir, c.var.conversation);
    const folder = join(projects, projectOf(c));
    return alone(c, (staging) => restored(c, () => restoreProject(bodyOf(c), folder, staging)));
  });

  app.get('/person/snapshot', (c) => {
    const root = rootOf(c);
    if (!isFolder(root)) throw new RequestRefusal('unknown_project', 'This machine has no files of this person.');
    return alone(c, (staging) => snapshot(c, root, ofPerson, staging));
  });

  app.put('/person/snapshot', (c) =>
    alone(c, (staging) => restored(c, () => restorePerson(bodyOf(c), rootOf(c), staging))),
  );

  /** Answers only after a sync: the relay restores a folder once, so it must survive a loss of power. */
  async function restored(c: Context<Env>, restore: () => Promise<boolean>): Promise<Response> {
    await closeAgent(c.var.conversation);
    const isRestored = await restore();
    if (isRestored) await syncDisk(dataDir);
    return c.json({ restored: isRestored });
  }

  function rootOf(c: Context<Env>): string {
    return dirname(workspaceOf(dataDir, c.var.conversation).projects);
  }

  /** Runs one backup call of a conversation at a time, and none while the agent works on the same files. */
  async function alone(c: Context<Env>, work: (staging: string) => Promise<Response>): Promise<Response> {
    const { conversation } = c.var;
    if (isBusy(conversation) || working.has(conversation)) throw busy();
    working.add(conversation);
    const staging = join(dataDir, 'staging', conversation);
    try {
      await rm(staging, { recursive: true, force: true });
      await mkdir(staging, { recursive: true, mode: 0o700 });
      return await work(join(staging, randomUUID()));
    } catch (error) {
      throw toBackupRefusal(error);
    } finally {
      working.delete(conversation);
    }
  }
}

const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const ofPerson = (path: string, isFolder: boolean): Selection =>
  (isFolder ? leadsToPersonal(path) : isPersonal(path)) ? 'take' : 'ignore';

async function snapshot(
  c: Context,
  folder: string,
  choose: (path: string, isFolder: boolean) => Selection,
  file: string,
): Promise<Response> {
  const plan = await planSnapshot(folder, choose);
  const etag = `"${plan.digest}"`;
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, { etag });
  await packSnapshot(folder, plan, file);
  const { size } = await stat(file);
  const archive = createReadStream(file);
  // An open file can be read to its end even after its name is removed.
  await new Promise<void>((resolve, reject) => archive.once('open', () => resolve()).once('error', reject));
  await rm(file);
  return c.body(Readable.toWeb(archive) as ReadableStream<Uint8Array>, 200, {
    'content-type': 'application/x-tar',
    'content-length': String(size),
    etag,
    [LEFT_OUT_HEADER]: encodeURIComponent(JSON.stringify(plan.leftOut)),
  });
}

async function sessionLines(body: AsyncIterable<Uint8Array>): Promise<SessionLine[]> {
  const lines: SessionLine[] = [];
  const input = Readable.from(bounded(body));
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const line = SessionLine.safeParse(jsonOf(text));
    if (!line.success) throw new RequestRefusal('refused_file', 'The session has a line that is not valid.');
    lines.push(line.data);
  }
  return lines;
}

/** Counts bytes before they become lines: a line without an end would fill the memory. */
async function* bounded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = SESSION_BYTES_MAX;
  for await (const chunk of body) {
    left -= chunk.length;
    if (left < 0) throw new RequestRefusal('too_large', 'The session is larger than 64 MB. Start a new one.');
    yield chunk;
  }
}

function toBackupRefusal(error: unknown): unknown {
  if (error instanceof TooLarge)
    return new RequestRefusal('too_large', 'The folder is larger than 100 MB or has too many files.');
  if (error instanceof Unsteady)
    return new RequestRefusal('conversation_busy', 'A file changed while it was being copied. Try again.');
  if (error instanceof Hostile) return new RequestRefusal('refused_file', `The archive was refused: ${error.message}.`);
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (['ENOSPC', 'EDQUOT'].includes(code))
    return new RequestRefusal('no_space', 'The machine’s disk is full. Free some space.');
  return error;
}

const busy = (): RequestRefusal =>
  new RequestRefusal('conversation_busy', 'The agent is working there. Try again when it is done.');

function bodyOf(c: Context): AsyncIterable<Uint8Array> {
  const { body } = c.req.raw;
  if (!body) throw new RequestRefusal('invalid_request', 'The request needs a body.');
  return body;
}

function sessionOf(c: Context): string {
  const id = Uuid.safeParse(c.req.param('id'));
  if (!id.success) throw new RequestRefusal('invalid_request', 'The session’s id must be a UUID.');
  return id.data;
}

function projectOf(c: Context): string {
  const id = ProjectId.safeParse(c.req.param('id'));
  if (!id.success)
    throw new RequestRefusal('invalid_request', 'A project’s id may contain only lowercase letters, digits and -.');
  return id.data;
}

function afterOf(c: Context): number {
  const after = c.req.query('after') ?? '0';
  if (!/^\d{1,15}$/.test(after))
    throw new RequestRefusal('invalid_request', 'after must be a position, a whole number.');
  return Number(after);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
