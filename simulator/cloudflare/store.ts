import { createHash, randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

// The content of the account: Workers with their versions and deployments, and buckets. One JSON file and a folder of
// modules per version, so that everything survives a restart. It contains secrets in plain text, so only its owner can
// read it.

export type Binding = { name: string; type: string } & Readonly<Record<string, unknown>>;
/** `file`: the module's path in the version's folder. */
export type Module = { name: string; type: string; file: string };
export type Annotations = Readonly<Record<string, string>>;

export type Version = {
  id: string;
  number: number;
  createdOn: string;
  annotations: Annotations;
  mainModule: string;
  modules: Module[];
  bindings: Binding[];
  compatibilityDate: string | null;
  compatibilityFlags: string[];
  limits: unknown;
  /** The last migration of the Worker when it was uploaded. */
  migrationTag: string | null;
  /** The hash of each path that is served without the Worker; null without any. */
  assets: Readonly<Record<string, string>> | null;
  /** The version throws at every request. */
  broken: boolean;
};

export type Deployment = { id: string; createdOn: string; annotations: Annotations; versionId: string };
export type ClassOfObjects = { id: string; name: string; sqlite: boolean };

export type Script = {
  name: string;
  tag: string;
  createdOn: string;
  versions: Version[];
  /** Newest last. */
  deployments: Deployment[];
  migrationTag: string | null;
  classes: ClassOfObjects[];
  schedules: { cron: string; created_on: string; modified_on: string }[];
  subdomain: { enabled: boolean; previews_enabled: boolean };
  settings: Record<string, unknown>;
};

export type Bucket = {
  name: string;
  creation_date: string;
  location: string;
  storage_class: string;
  jurisdiction: string;
};
type State = { scripts: Script[]; buckets: Bucket[] };

export class CloudflareStore {
  readonly folder: string;
  readonly #state: State;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#state = existsSync(this.#path)
      ? (JSON.parse(readFileSync(this.#path, 'utf8')) as State)
      : { scripts: [], buckets: [] };
  }

  get #path(): string {
    return join(this.folder, 'account.json');
  }

  get scripts(): Script[] {
    return this.#state.scripts;
  }

  get buckets(): Bucket[] {
    return this.#state.buckets;
  }

  script(name: string): Script | undefined {
    return this.scripts.find((script) => script.name === name);
  }

  createScript(name: string): Script {
    const script: Script = {
      name,
      tag: randomUUID().replaceAll('-', ''),
      createdOn: new Date().toISOString(),
      versions: [],
      deployments: [],
      migrationTag: null,
      classes: [],
      schedules: [],
      subdomain: { enabled: false, previews_enabled: false },
      settings: {},
    };
    this.scripts.push(script);
    return script;
  }

  removeScript(script: Script): void {
    for (const { id } of script.versions) rmSync(this.moduleFolder(id), { recursive: true, force: true });
    this.#state.scripts = this.scripts.filter((other) => other !== script);
  }

  removeBucket(bucket: Bucket): void {
    this.#state.buckets = this.buckets.filter((other) => other !== bucket);
  }

  writeModules(version: string, modules: readonly { name: string; type: string; content: Uint8Array }[]): Module[] {
    mkdirSync(this.moduleFolder(version), { recursive: true, mode: 0o700 });
    return modules.map(({ name, type, content }, at) => {
      writeFileSync(join(this.moduleFolder(version), String(at)), content, { mode: 0o600 });
      return { name, type, file: join(version, String(at)) };
    });
  }

  readModule = (module: Module): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(readFileSync(join(this.folder, 'modules', module.file)));

  hasAsset = (hash: string): boolean => existsSync(join(this.folder, 'assets', hash));

  writeAsset(hash: string, content: Uint8Array): void {
    mkdirSync(join(this.folder, 'assets'), { recursive: true, mode: 0o700 });
    writeFileSync(join(this.folder, 'assets', hash), content, { mode: 0o600 });
  }

  /** A folder with a version's assets under their paths; null without any. */
  assetFolder({ id, assets }: Version): string | null {
    if (!assets) return null;
    const folder = join(this.folder, 'served', id);
    for (const [path, hash] of Object.entries(assets)) {
      const file = resolve(folder, `.${path}`);
      if (!file.startsWith(`${folder}/`)) continue;
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      copyFileSync(join(this.folder, 'assets', hash), file);
    }
    return folder;
  }

  /** Saves after every change, through a temporary file that is renamed. */
  save(): void {
    writeFileSync(`${this.#path}.next`, JSON.stringify(this.#state), { mode: 0o600 });
    renameSync(`${this.#path}.next`, this.#path);
  }

  moduleFolder = (version: string): string => join(this.folder, 'modules', version);
}

export const activeVersion = (script: Script): Version | undefined => {
  const deployed = script.deployments.at(-1)?.versionId;
  return script.versions.find((version) => version.id === deployed);
};

export const etagOf = (version: Version): string => createHash('sha256').update(version.id).digest('hex');
