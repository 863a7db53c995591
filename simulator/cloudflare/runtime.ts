import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare';
import { activeVersion, type CloudflareStore, type Script, type Version } from './store.ts';
import { workerOf } from './worker-options.ts';

// Runs the active version of the last deployed Worker in workerd, behind one port that stays the same. Objects and
// buckets are on disk under `folder`. Requests wait while versions change; before the first deployment they get a 404.

/** A Worker of the stand-in itself: it answers no requests and owns all buckets. */
const KEEPER = 'stand-in-keeper';
const NOT_THERE = 'There is nothing here yet.';

export class Runtime {
  readonly #store: CloudflareStore;
  readonly #log: (line: string) => void;
  #miniflare: Miniflare | undefined;
  #running: Version | undefined;
  /** The content of workerd; undefined when its last change failed. */
  #loaded: { version: Version | undefined; buckets: ReadonlySet<string> } | undefined;
  #changing: Promise<void> = Promise.resolve();
  #front: Server | undefined;

  constructor(store: CloudflareStore, log: (line: string) => void) {
    this.#store = store;
    this.#log = log;
  }

  /** Opens the Worker's address, and runs the last deployment if there is one. */
  async listen(port: number): Promise<number> {
    const front = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
    // Event streams stay open for hours.
    front.requestTimeout = 0;
    this.#front = front;
    await new Promise<void>((resolve, reject) => {
      front.once('error', reject);
      front.listen(port, '127.0.0.1', resolve);
    });
    if (this.#script()) await this.refresh();
    const address = front.address();
    return typeof address === 'object' && address ? address.port : port;
  }

  /**
   * Runs what the store says is deployed. Rejects with the runtime's reason; then the previous version keeps running.
   */
  refresh(): Promise<void> {
    const change = this.#changing.then(() => this.#change());
    this.#changing = change.catch(() => {});
    return change;
  }

  async cron(expression: string): Promise<string> {
    await this.#changing;
    const script = this.#script();
    if (!this.#miniflare || !script) throw new Error('No Worker is deployed, so no cron trigger fires.');
    const worker = await this.#miniflare.getWorker(script.name);
    const { outcome } = await worker.scheduled({ cron: expression, scheduledTime: new Date() });
    return outcome;
  }

  async objectIds(script: Script, className: string): Promise<string[]> {
    await this.#changing;
    if (this.#script() !== script || !this.#miniflare) return [];
    return this.#miniflare.listDurableObjectIds(className, script.name);
  }

  async bucket(name: string): ReturnType<Miniflare['getR2Bucket']> {
    if (!this.#miniflare) await this.refresh();
    await this.#changing;
    if (!this.#miniflare) throw new Error('The runtime is not running.');
    return this.#miniflare.getR2Bucket(name, KEEPER);
  }

  /** Removes the storage of a deleted Worker's objects. */
  forget(script: Script): void {
    for (const { name } of script.classes) {
      rmSync(join(this.#data, 'do', `${script.name}-${name}`), { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    await this.#changing;
    const closed = new Promise<void>((resolve) => (this.#front ? this.#front.close(() => resolve()) : resolve()));
    this.#front?.closeAllConnections();
    await Promise.all([closed, this.#miniflare?.dispose()]);
    this.#miniflare = undefined;
  }

  get #data(): string {
    return join(this.#store.folder, 'data');
  }

  #script(): Script | undefined {
    const last = (script: Script): string => script.deployments.at(-1)?.createdOn ?? '';
    return this.#store.scripts
      .filter((one) => last(one) !== '')
      .sort((a, b) => last(a).localeCompare(last(b)))
      .at(-1);
  }

  async #change(): Promise<void> {
    const script = this.#script();
    const version = script && activeVersion(script);
    if (!this.#isLoaded(version)) await this.#load(script, version);
    this.#running = version;
  }

  /**
   * Without this, each call would start workerd anew. A broken version never runs, so the previous one stays loaded for
   * the way back; a deleted bucket stays until the next start.
   */
  #isLoaded(version: Version | undefined): boolean {
    const loaded = this.#loaded;
    if (!loaded || (!version?.broken && loaded.version !== version)) return false;
    return this.#store.buckets.every(({ name }) => loaded.buckets.has(name));
  }

  async #load(script: Script | undefined, version: Version | undefined): Promise<void> {
    const options = this.#options(script, version);
    const buckets = new Set(this.#store.buckets.map(({ name }) => name));
    this.#loaded = undefined;
    if (this.#miniflare) await this.#miniflare.setOptions(options);
    else this.#miniflare = new Miniflare(options);
    await this.#miniflare.ready;
    this.#loaded = { version, buckets };
  }

  #options(script: Script | undefined, version: Version | undefined): MiniflareOptions {
    const keeper = {
      config: {
        name: KEEPER,
        compatibilityDate: '2026-01-01',
        manifest: {
          mainModule: 'keeper.js',
          modules: {
            'keeper.js': {
              type: 'esm' as const,
              contents: `export default { fetch: () => new Response('${NOT_THERE}', { status: 404 }) };`,
            },
          },
        },
        env: Object.fromEntries(this.#store.buckets.map(({ name }) => [name, { type: 'r2' as const, name }])),
      },
    };
    const workers = script && version ? [workerOf(script, version, this.#store), keeper] : [keeper];
    return {
      host: '127.0.0.1',
      port: 0,
      cf: false,
      resourcePersistencePath: this.#data,
      log: new RuntimeLog(this.#log),
      handleStructuredLogs: ({ message }) => this.#log(message),
      workers,
    };
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    await this.#changing;
    if (this.#running?.broken) return say(outgoing, 500, 'error code: 1101 Worker threw exception');
    if (!this.#miniflare || !this.#running) return say(outgoing, 404, NOT_THERE);
    const target = await this.#miniflare.ready;
    const onward = request({
      host: target.hostname,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    });
    onward.once('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      answer.once('error', () => outgoing.destroy());
    });
    onward.once('error', () => (outgoing.headersSent ? outgoing.destroy() : say(outgoing, 502, 'error code: 502')));
    outgoing.once('close', () => onward.destroy());
    incoming.pipe(onward);
  }
}

function say(outgoing: ServerResponse, status: number, words: string): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain' }).end(words);
}

class RuntimeLog extends Log {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    super(LogLevel.WARN);
    this.#write = write;
  }

  override log(message: string): void {
    this.#write(message);
  }
}
