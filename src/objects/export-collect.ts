import { texts } from '../texts/index.ts';
import type { ExportStore, RowCursor } from './stores/export-store.ts';

// Gathers the files of a copy made by /export: every row of the conversation as lines of JSON, written to the bucket,
// and what is there already, by its key: files the agent sent, and the newest backups.

export type Collecting = {
  /** The conversation's object. */
  id: string;
  export: string;
  at: number;
  media: R2Bucket;
  archive: R2Bucket | null;
  exports: ExportStore;
};

/** Where collecting goes on: a table, then files, then backups. */
type Place = { rows: RowCursor } | { files: string | null } | { copies: string | null; kind: number };
const COPIES = ['people', 'projects', 'sessions'] as const;

const NAME_CHARS = 100;

export const exportPrefixOf = (id: string, copy: string): string => `exports/${id}/${copy}/`;
export const exportKeyOf = (id: string, copy: string): string => `exports/${id}/${copy}.zip`;

/** Gathers the next piece; returns where it goes on, or null when everything is gathered. */
export async function collect(job: Collecting, cursor: string | null): Promise<string | null> {
  const place = cursor === null ? null : (JSON.parse(cursor) as Place);
  const next =
    place === null || 'rows' in place ? await collectRows(job, place?.rows ?? null) : await collectObjects(job, place);
  return next === null ? null : JSON.stringify(next);
}

async function collectRows(job: Collecting, cursor: RowCursor | null): Promise<Place> {
  if (cursor === null) job.exports.clear();
  const piece = job.exports.rows(cursor);
  if (piece === null) return { files: null };
  const { table, lines, next } = piece;
  if (lines !== '') await stage(job, `data/${table}-${String(piece.piece).padStart(4, '0')}.jsonl`, lines);
  return next === null ? { files: null } : { rows: next };
}

async function collectObjects(job: Collecting, place: Exclude<Place, { rows: RowCursor }>): Promise<Place | null> {
  if ('files' in place) {
    const more = await collectFiles(job, place.files);
    return more === null ? { copies: null, kind: 0 } : { files: more };
  }
  const kind = COPIES[place.kind];
  if (kind !== undefined && job.archive !== null) {
    const more = await collectCopies(job, job.archive, kind, place.copies);
    return more === null ? { copies: null, kind: place.kind + 1 } : { copies: more, kind: place.kind };
  }
  await stage(job, 'README.txt', texts.privacy.exportReadMe(new Date(job.at).toISOString(), job.archive !== null));
  return null;
}

async function collectFiles({ id, media, exports }: Collecting, cursor: string | null): Promise<string | null> {
  const prefix = `outgoing/${id}/`;
  const page = await media.list({ prefix, limit: 500, ...(cursor === null ? {} : { cursor }) });
  exports.add(
    page.objects.map(({ key, etag, size }) => {
      const file = key.slice(prefix.length);
      return {
        name: `files/${file}-${plain(exports.nameOfFile(file) ?? 'file')}`,
        bucket: 'media',
        objectKey: key,
        etag,
        size,
      };
    }),
  );
  return page.truncated ? page.cursor : null;
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
      const label = kind === 'projects' ? `${plain(exports.labelOfProject(folder) ?? folder)}-${folder}` : '';
      const names = { people: 'memory.tar', projects: `projects/${label}.tar`, sessions: `sessions/${folder}/${file}` };
      return { name: names[kind], bucket: 'archive', objectKey: key, etag, size };
    }),
  );
  return page.truncated ? page.cursor : null;
}

async function stage(job: Collecting, name: string, content: string): Promise<void> {
  const objectKey = `${exportPrefixOf(job.id, job.export)}${name}`;
  const kept = await job.media.put(objectKey, content);
  if (kept === null) throw new Error('the bucket refused a file');
  const { etag, size } = kept;
  job.exports.add([{ name, bucket: 'media', objectKey, etag, size }]);
}

/** A name that every system can write. */
const plain = (name: string): string =>
  name
    .replace(/[^\p{L}\p{N} ._()-]/gu, '_')
    .replace(/^\.+/, '_')
    .slice(0, NAME_CHARS);
