import { EXPORT_FILE_TRIES } from '../conversation/policy/privacy.ts';
import { texts } from '../texts/index.ts';
import { type FileSources, fetchReceived, nameOfReceived } from './export-received.ts';
import { mediaKeyOf } from './media-bucket.ts';
import { plainName } from './plain-name.ts';
import type { ExportStore, FileKey, RowCursor } from './stores/export-store.ts';

// Gathers the files of a copy made by /export: every row of the conversation as lines of JSON, and the files that the
// person sent, written to the bucket; and what is there already, by its key: files the agent sent, and the newest
// backups.

export type Collecting = {
  /** The conversation's object. */
  id: string;
  export: string;
  at: number;
  media: R2Bucket;
  archive: R2Bucket | null;
  exports: ExportStore;
  /** The object that stored the file of a link. */
  homeOf: (link: string) => string | null;
  /** The sources of files that the person sent. `tries`: calls in vain for the next one. */
  sources: FileSources;
  tries: number;
};

/** The place where collecting continues: a table, then received files, then files of the agent, then backups. */
type Place = { rows: RowCursor } | Received | Files | { copies: string | null; kind: number };
/** `home`: the object whose files are listed, where it isn't this one. */
type Files = { files: string | null; home?: string };
/** `after`: the last one that was looked for. `isAway`: it wasn't to be had, because somebody did not answer. */
type Received = { after: FileKey | null; isAway: boolean };
/** Rows that are read at a time. */
const RECEIVED_READ = 500;
const COPIES = ['people', 'projects', 'sessions'] as const;

export const exportPrefixOf = (id: string, copy: string): string => `exports/${id}/${copy}/`;
export const exportKeyOf = (id: string, copy: string): string => `exports/${id}/${copy}.zip`;

/** Gathers the next piece; returns where it goes on, or null when everything is gathered. */
export async function collect(job: Collecting, cursor: string | null): Promise<string | null> {
  const place = cursor === null ? null : (JSON.parse(cursor) as Place);
  const next =
    place === null || 'rows' in place ? await collectRows(job, place?.rows ?? null) : await collectFurther(job, place);
  return next === null ? null : JSON.stringify(next);
}

const collectFurther = (job: Collecting, place: Exclude<Place, { rows: RowCursor }>): Promise<Place | null> =>
  'after' in place ? collectReceived(job, place) : collectObjects(job, place);

async function collectRows(job: Collecting, cursor: RowCursor | null): Promise<Place> {
  if (cursor === null) job.exports.clear();
  const piece = job.exports.rows(cursor);
  if (piece === null) return FIRST_FILE;
  const { table, lines, next } = piece;
  if (lines !== '') await stage(job, `data/${table}-${String(piece.piece).padStart(4, '0')}.jsonl`, lines);
  return next === null ? FIRST_FILE : { rows: next };
}

const FIRST_FILE: Received = { after: null, isAway: false };

/** One file a call. A file that isn't to be had is left out, and the README names it. */
async function collectReceived(job: Collecting, { after, isAway }: Received): Promise<Place> {
  const [file] = job.exports.received(after, 1);
  if (file === undefined) return { files: null };
  const found = await fetchReceived(job.sources, file);
  // Once it was waited in vain, the next file is not waited for.
  if (found === 'away' && !isAway && job.tries + 1 < EXPORT_FILE_TRIES) throw new Error('a received file is away');
  if (typeof found !== 'string') await stage(job, nameOfReceived(file), found);
  return { after: { message: file.message, n: file.n }, isAway: found === 'away' };
}

async function collectObjects(
  job: Collecting,
  place: Exclude<Place, { rows: RowCursor } | Received>,
): Promise<Place | null> {
  if ('files' in place) {
    return (await collectFiles(job, place)) ?? { copies: null, kind: 0 };
  }
  const kind = COPIES[place.kind];
  if (kind !== undefined && job.archive !== null) {
    const more = await collectCopies(job, job.archive, kind, place.copies);
    return more === null ? { copies: null, kind: place.kind + 1 } : { copies: more, kind: place.kind };
  }
  const [at, hasBackups] = [new Date(job.at).toISOString(), job.archive !== null];
  await stage(job, 'README.txt', texts.privacy.exportReadMe(at, hasBackups, missingOf(job.exports)));
  return null;
}

/** The received files that the copy doesn't have, as the archive would name them. */
export function missingOf(exports: ExportStore): string[] {
  const there = exports.namesIn('received');
  const missing: string[] = [];
  let after: FileKey | null = null;
  do {
    const page = exports.received(after, RECEIVED_READ);
    missing.push(...page.map(nameOfReceived).filter((name) => !there.has(name)));
    after = page.length < RECEIVED_READ ? null : (page.at(-1) ?? null);
  } while (after !== null);
  return missing;
}

/** Files of a conversation that was merged into this one are where its own object stored them. Null after the last. */
async function collectFiles(job: Collecting, { files: cursor, home }: Files): Promise<Files | null> {
  const { id, media, exports } = job;
  const prefix = mediaKeyOf(home ?? id, '');
  const page = await media.list({ prefix, limit: 500, ...(cursor === null ? {} : { cursor }) });
  exports.add(
    page.objects.flatMap(({ key, etag, size }) => {
      const file = key.slice(prefix.length);
      const known = exports.nameOfFile(file);
      // Somebody else may have a conversation there by now.
      if (known === null && home !== undefined) return [];
      return [
        { name: `files/${file}-${plainName(known ?? 'file')}`, bucket: 'media' as const, objectKey: key, etag, size },
      ];
    }),
  );
  if (page.truncated) return { files: page.cursor, ...(home === undefined ? {} : { home }) };
  const next = mergedHomes(job).find((each) => home === undefined || each > home);
  return next === undefined ? null : { files: null, home: next };
}

/** The other objects that stored files of this conversation, in order. */
function mergedHomes({ id, exports, homeOf }: Collecting): string[] {
  const homes = exports.linksOfFiles().map(homeOf);
  return [...new Set(homes.filter((home): home is string => home !== null && home !== id))].sort();
}

/** Of folders the newest backup alone: they are listed oldest first, and a later one has the same name. */
async function collectCopies(
  { id, exports }: Collecting,
  archive: R2Bucket,
  kind: (typeof COPIES)[number],
  cursor: string | null,
): Promise<string | null> {
  const prefix = `${kind}/${id}/`;
  const page = await archive.list({ prefix, limit: 500, ...(cursor === null ? {} : { cursor }) });
  exports.add(
    page.objects.map(({ key, etag, size }) => {
      const rest = key.slice(prefix.length);
      const [folder = '', file = ''] = rest.split('/');
      const label = kind === 'projects' ? `${plainName(exports.labelOfProject(folder) ?? folder)}-${folder}` : '';
      const names = { people: 'memory.tar', projects: `projects/${label}.tar`, sessions: `sessions/${folder}/${file}` };
      return { name: names[kind], bucket: 'archive', objectKey: key, etag, size };
    }),
  );
  return page.truncated ? page.cursor : null;
}

async function stage(job: Collecting, name: string, content: string | Uint8Array<ArrayBuffer>): Promise<void> {
  const objectKey = `${exportPrefixOf(job.id, job.export)}${name}`;
  const kept = await job.media.put(objectKey, content);
  if (kept === null) throw new Error('the bucket refused a file');
  const { etag, size } = kept;
  job.exports.add([{ name, bucket: 'media', objectKey, etag, size }]);
}
