import { randomUUID } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import {
  type AgentMessage,
  FILE_IN_MAX_BYTES,
  FILE_OUT_MAX_BYTES,
  type MachineFile,
} from '../../../src/protocol/index.ts';
import type { Image } from '../agent/agent.ts';
import { formatMegabytes, writeBounded } from '../files/bounded-write.ts';
import { detectType } from '../files/content-type.ts';
import { openInside } from '../files/inside.ts';
import { toSafeName } from '../files/safe-name.ts';
import { syncNames } from '../files/sync.ts';
import { FileTable } from '../journal/file-table.ts';
import { RequestRefusal } from '../refusal.ts';
import { makeServersFolder } from '../workspace/conversation-folders.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import { listFiles } from './listing.ts';
import { giveToProject } from './project-inbox.ts';

// Files in transit between the relay and the agents: received files until they are old, and copies of offered files as
// long as their attempts exist. A row is written after its content is complete and synced; the next start removes
// incomplete files.

const KEPT_MS = 30 * 24 * 3_600_000;

export type Offered = MachineFile | { refused: string };
/** A message for the agent: its files are named in the text, its images go beside the text. */
export type Unpacked = { text: string; images: Image[] };

export class FileStore {
  readonly #dataDir: string;
  readonly #table: FileTable;
  readonly #incoming: string;

  constructor(dataDir: string, db: DatabaseSync) {
    this.#dataDir = dataDir;
    this.#table = new FileTable(db);
    this.#incoming = join(dataDir, 'incoming');
    rmSync(this.#incoming, { recursive: true, force: true });
    mkdirSync(this.#incoming, { recursive: true, mode: 0o700 });
  }

  /** Takes a file for the conversation. Idempotent by the file's id. */
  async receive(
    conversation: string,
    id: string,
    said: { name: string; type: string | undefined },
    body: AsyncIterable<Uint8Array>,
    now: number,
  ): Promise<{ isNew: boolean; file: MachineFile }> {
    const known = this.#table.received(conversation, id);
    if (known && existsSync(this.#receivedPath(conversation, id))) return { isNew: false, file: known.file };
    const file = await this.#stage(body, FILE_IN_MAX_BYTES, async (path, { size }) => {
      const { type, extension } = await detectType(path, said.type);
      await this.#keep(path, this.#receivedPath(conversation, id));
      return { id, name: toSafeName(said.name, extension), type, size };
    });
    this.#table.addReceived(conversation, file, now);
    return { isNew: true, file };
  }

  /** Refuses messages whose files are not on this machine. */
  check(conversation: string, messages: readonly Omit<AgentMessage, 'uuid'>[]): void {
    for (const id of messages.flatMap(({ files }) => files ?? [])) {
      if (!this.#table.received(conversation, id))
        throw new RequestRefusal(
          'unknown_file',
          'A message names a file that this machine doesn’t have. PUT it first.',
        );
    }
  }

  /** Puts a message's files into the project. Idempotent. */
  unpack(conversation: string, project: string, message: AgentMessage): Unpacked {
    const received = (message.files ?? []).flatMap((id) => {
      const known = this.#table.received(conversation, id);
      return known ? [{ ...known, content: this.#receivedPath(conversation, id) }] : [];
    });
    const workspace = workspaceOf(this.#dataDir, conversation);
    return giveToProject(workspace, project, message.text, received, (id, path) =>
      this.#table.noteGiven(conversation, id, { project, path }),
    );
  }

  /** Keeps a copy of a project file for the relay to fetch; later changes of the file don't change the copy. */
  async offer(conversation: string, attempt: string, project: string, path: string): Promise<Offered> {
    const opened = await openInside(join(workspaceOf(this.#dataDir, conversation).projects, project), path);
    if ('refused' in opened) return opened;
    try {
      const tooLarge = {
        refused: `That file is larger than ${formatMegabytes(FILE_OUT_MAX_BYTES)}. Make it smaller or send it in parts.`,
      };
      if (opened.size > FILE_OUT_MAX_BYTES) return tooLarge;
      const from = opened.handle.createReadStream({ autoClose: false });
      const file = await this.#stage(from, FILE_OUT_MAX_BYTES, async (copy, { size, sha256 }) => {
        const { type, extension } = await detectType(copy, undefined);
        await this.#keep(copy, this.#offeredPath(conversation, sha256));
        return { id: sha256, name: toSafeName(opened.path, extension), type, size };
      });
      this.#table.addOffered(conversation, attempt, file);
      return file;
    } catch (error) {
      if (error instanceof RequestRefusal) return { refused: error.message };
      throw error;
    } finally {
      await opened.handle.close();
    }
  }

  list(conversation: string, project: string, folder: string): string {
    return listFiles(workspaceOf(this.#dataDir, conversation), project, folder);
  }

  /** Opens the copy of an offered file, or a received file. */
  open(conversation: string, id: string): { file: MachineFile; stream: Readable } {
    const offered = this.#table.offered(conversation, id);
    const file = offered ?? this.#table.received(conversation, id)?.file;
    const path = offered ? this.#offeredPath(conversation, id) : this.#receivedPath(conversation, id);
    if (!file || !existsSync(path)) throw new RequestRefusal('unknown_file', 'The machine no longer offers this file.');
    return { file, stream: createReadStream(path) };
  }

  /** Removes old received files, and copies that no attempt offers any more. */
  async forgetOld(now: number): Promise<void> {
    const paths = [
      ...this.#table.dropReceived(now - KEPT_MS).map(({ conversation, id }) => this.#receivedPath(conversation, id)),
      ...this.#table.dropOffered().map(({ conversation, id }) => this.#offeredPath(conversation, id)),
    ];
    for (const path of paths) await rm(path, { force: true });
  }

  async #stage<T>(
    body: AsyncIterable<Uint8Array>,
    maxBytes: number,
    finish: (path: string, written: { size: number; sha256: string }) => Promise<T>,
  ): Promise<T> {
    const path = join(this.#incoming, randomUUID());
    try {
      return await finish(path, await writeBounded(body, path, maxBytes));
    } finally {
      await rm(path, { force: true });
    }
  }

  async #keep(from: string, to: string): Promise<void> {
    makeServersFolder(dirname(to));
    await rename(from, to);
    syncNames(dirname(to), this.#dataDir);
  }

  #receivedPath(conversation: string, id: string): string {
    return join(workspaceOf(this.#dataDir, conversation).home, '../inbox', id);
  }

  #offeredPath(conversation: string, id: string): string {
    return join(workspaceOf(this.#dataDir, conversation).home, '../outbox', id);
  }
}
