import type { Answer, EventBody, MachineFile, Request } from '../../../src/protocol/index.ts';
import type { FilesHost } from '../actions/file-actions.ts';
import type { RequestTable } from '../journal/request-table.ts';
import type { FileStore } from '../transfer/file-store.ts';
import { PendingRequests } from './pending-requests.ts';

// Serves the agent's tool calls during one attempt: their requests become its events, and the files they offer are kept
// for it. In memory only; requests and files survive in their tables (pending-requests.ts, transfer/file-store.ts).

type Scope = { conversation: string; attempt: string; project: string };
type Parts = { requests: RequestTable; files: FileStore; answerWaitMs: number };
type Hooks = { record: (event: EventBody) => void; onWaiting: (isWaiting: boolean) => void };

export class AttemptHost implements FilesHost {
  readonly #scope: Scope;
  readonly #files: FileStore;
  readonly #requests: PendingRequests;

  constructor({ requests: table, files, answerWaitMs: waitMs }: Parts, scope: Scope, hooks: Hooks) {
    const { conversation, attempt } = scope;
    this.#scope = scope;
    this.#files = files;
    this.#requests = new PendingRequests({ table, conversation, attempt, waitMs, ...hooks });
  }

  ask(id: string, request: Request, signal: AbortSignal): Promise<Answer> {
    return this.#requests.ask(id, request, signal);
  }

  offer(path: string): Promise<MachineFile | { refused: string }> {
    const { conversation, attempt, project } = this.#scope;
    return this.#files.offer(conversation, attempt, project, path);
  }

  list(folder: string): string {
    return this.#files.list(this.#scope.conversation, this.#scope.project, folder);
  }

  /** Hands the agent an answer that is already stored. */
  answer(id: string, answer: Answer): void {
    this.#requests.answer(id, answer);
  }

  /** Ends all waiting: the attempt is over. */
  close(): void {
    this.#requests.close();
  }
}
