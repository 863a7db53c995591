import type { Answer, EventBody, MachineFile, Request } from '../../../src/protocol/index.ts';
import type { CloneHost } from '../actions/clone-action.ts';
import type { FilesHost } from '../actions/file-actions.ts';
import type { RequestTable } from '../journal/request-table.ts';
import type { FileStore } from '../transfer/file-store.ts';
import { PendingRequests } from './pending-requests.ts';
import type { PreChecks } from './pre-check/run.ts';
import { SETTING_UP } from './project-setup.ts';

// Serves the agent's tool calls during one attempt: their requests become its events, and the files they offer are kept
// for it. In memory only; requests and files survive in their tables (pending-requests.ts, transfer/file-store.ts).

type Scope = { conversation: string; attempt: string; project: string };
type Parts = { requests: RequestTable; files: FileStore; answerWaitMs: number; checks: PreChecks };
type Hooks = { record: (event: EventBody) => void; onWaiting: (isWaiting: boolean) => void };

export class AttemptHost implements FilesHost, CloneHost {
  readonly #scope: Scope;
  readonly #files: FileStore;
  readonly #requests: PendingRequests;
  readonly #checks: PreChecks;
  readonly #over = new AbortController();
  readonly over = this.#over.signal;
  readonly tell: (text: string) => void;

  constructor({ requests: table, files, answerWaitMs: waitMs, checks }: Parts, scope: Scope, hooks: Hooks) {
    const { conversation, attempt } = scope;
    this.#scope = scope;
    this.#files = files;
    this.#checks = checks;
    this.tell = (text) => hooks.record({ type: 'progress', text });
    this.#requests = new PendingRequests({ table, conversation, attempt, waitMs, ...hooks });
  }

  get attempt(): string {
    return this.#scope.attempt;
  }

  setUp(): Promise<string | null> {
    return this.#checks.setUp(this.#scope, false, this.over, () => this.tell(SETTING_UP));
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
    this.#over.abort();
    this.#requests.close();
  }
}
