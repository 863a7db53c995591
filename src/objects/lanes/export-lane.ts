import { wantsExport } from '../../conversation/privacy/export.ts';
import type { Exporting, ExportOutcome } from '../../conversation/state/exporting.ts';
import { reasonOf } from '../../log.ts';
import { deletePrefixes } from '../backup-bucket.ts';
import { archiveOf, Changed, countParts, makePart, PARTS_MAX } from '../export-archive.ts';
import { collect, exportKeyOf, exportPrefixOf } from '../export-collect.ts';
import { sourcesOf } from '../export-received.ts';
import type { LaneContext } from './lane-context.ts';

// The lane that makes a copy of everything kept about a person. Each call may be repeated, and its outcome is stored
// before the next, so a copy that was cut goes on where it was. Does a bounded amount of work for each alarm.

/** Pieces that are gathered, and parts that are uploaded, for one alarm. */
const CALLS_AT_ONCE = 32;

/** Runs until the copy has to wait, or is over. */
export async function runExportLane(context: LaneContext): Promise<void> {
  for (let n = 0, state = context.load(); wantsExport(state, context.now()); n++, state = context.load()) {
    const { exporting } = state.conversation;
    if (exporting === null) return;
    const outcome = n < CALLS_AT_ONCE ? await takeStep(context, exporting).catch(failed) : { kind: 'rest' as const };
    // The rows may have been deleted meanwhile (/forget).
    if (!context.isHome()) return;
    if (outcome !== null) context.apply({ type: 'export-step', export: exporting.id, outcome });
  }
}

const failed = (error: unknown): ExportOutcome =>
  error instanceof Changed ? { kind: 'anew', reason: error.message } : { kind: 'later', reason: reasonOf(error) };

/** Null: a part was uploaded and noted, and the next follows. */
async function takeStep(context: LaneContext, exporting: Exporting): Promise<ExportOutcome | null> {
  const { outgoing, archive, id, exportUrl } = context.services();
  const media = outgoing.bucket;
  if (media === null) return { kind: 'later', reason: 'no bucket MEDIA' };
  const { exports } = context;
  const key = exportKeyOf(id, exporting.id);
  switch (exporting.step) {
    case 'collect': {
      const sources = sourcesOf(context.services(), context.load().machine?.step, context.realNow());
      const copy = { export: exporting.id, at: exporting.at, tries: exporting.tries };
      const job = { id, ...copy, media, archive, exports, sources, homeOf: outgoing.homeOf };
      const cursor = await collect(job, exporting.cursor);
      if (cursor !== null) return { kind: 'more', cursor };
      const upload = await media.createMultipartUpload(key, { httpMetadata: { contentType: 'application/zip' } });
      return { kind: 'packing', upload: upload.uploadId };
    }
    case 'pack':
      return pack(context, exporting, media).catch(async (error: unknown) => {
        if (error instanceof Changed) await abort(media, key, exporting.upload);
        throw error;
      });
    case 'ready': {
      if (context.now() < (exporting.expiresAt ?? 0)) {
        const { link, expiresAt } = exporting;
        return link === null || link.isSent || expiresAt === null
          ? { kind: 'rest' }
          : { kind: 'link', url: exportUrl(link.id, context.toRealTime(expiresAt)) };
      }
      await deletePrefixes(media, [`exports/${id}/`]);
      exports.clear();
      return { kind: 'gone' };
    }
    case 'over':
      await abort(media, key, exporting.upload);
      await deletePrefixes(media, [`exports/${id}/`]);
      exports.clear();
      return { kind: 'gone' };
  }
}

async function pack(context: LaneContext, exporting: Exporting, media: R2Bucket): Promise<ExportOutcome | null> {
  const { archive: backups, id } = context.services();
  const archive = archiveOf(context.exports.entries(), exporting.at);
  if (countParts(archive) > PARTS_MAX) return { kind: 'too-large' };
  const key = exportKeyOf(id, exporting.id);
  const parts = context.exports.parts();
  const upload = media.resumeMultipartUpload(key, exporting.upload ?? '');
  if (parts.length < countParts(archive)) {
    const partNumber = parts.length + 1;
    const { bytes, crcs } = await makePart(archive, partNumber, { media, archive: backups });
    const { etag } = await upload.uploadPart(partNumber, bytes);
    if (context.isHome()) context.exports.addPart({ partNumber, etag }, crcs);
    return null;
  }
  const { size } = archive.layout;
  // An earlier call may have completed it before that could be noted.
  if ((await media.head(key))?.size !== size) await upload.complete(parts);
  await deletePrefixes(media, [exportPrefixOf(id, exporting.id)]);
  return { kind: 'packed', size };
}

/** An upload that is given up takes room until it is aborted. */
async function abort(media: R2Bucket, key: string, upload: string | null): Promise<void> {
  if (upload !== null) await media.resumeMultipartUpload(key, upload).abort();
}
