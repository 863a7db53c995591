import * as z from 'zod';
import { imageFacts } from '../../model/image-facts.ts';
import { flag, integer, type Upload, uploadOf } from '../parameters.ts';
import type { FileKind, StoredFile } from '../records.ts';
import { Refusal, tooBigPhoto } from '../refusals.ts';
import { entitiesSchema, prepare, readWords, sendingShape } from '../sending.ts';
import { messageView } from '../views.ts';
import type { World } from '../world.ts';
import { type Call, type Method, method } from './method.ts';

// Files out: uploaded, by an address that Telegram fetches, or by an id. Files in: getFile.

const MB = 2 ** 20;
const LONGEST_CAPTION = 1024;
const FETCH_MS = 20_000;
export const LARGEST_UPLOAD = 50 * MB;
const LARGEST_PHOTO = 10 * MB;
const LONGEST_SIDES = 10_000;
const LONGEST_RATIO = 20;
const LARGEST_DOWNLOAD = 20 * MB;

/** By address: how large, and of which types. So says the documentation: documents only if GIF, PDF or ZIP. */
const BY_ADDRESS: Readonly<Record<FileKind, { largest: number; types: RegExp }>> = {
  photo: { largest: 5 * MB, types: /^image\/(jpeg|png|webp|gif)$/ },
  document: { largest: 20 * MB, types: /^(image\/gif|application\/(pdf|zip))$/ },
  video: { largest: 20 * MB, types: /^video\/mp4$/ },
  voice: { largest: MB, types: /^audio\/ogg$/ },
  audio: { largest: 20 * MB, types: /^audio\// },
};

const shape = {
  ...sendingShape,
  caption: z.string().default(''),
  parse_mode: z.string().optional(),
  caption_entities: entitiesSchema.optional(),
};

async function fetchFile(world: World, address: string, kind: FileKind): Promise<StoredFile> {
  const url = new URL(address);
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
    throw new Refusal('fetchFile', 'this stand-in fetches only from this computer');
  const end = world.traffic.begin({
    kind: 'media',
    method: 'GET',
    url: address,
    requestHeaders: {},
    requestBody: '',
  });
  const signal = AbortSignal.any([world.background.signal, AbortSignal.timeout(FETCH_MS)]);
  const answer = await fetch(url, { signal }).catch(() => null);
  const bytes = answer?.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
  const size = bytes?.byteLength ?? 0;
  end({ ...(answer ? { status: answer.status } : {}), note: bytes ? `${size} bytes.` : null });
  const mimeType = answer?.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
  if (!bytes || size > BY_ADDRESS[kind].largest) throw new Refusal('fetchFile');
  if (!BY_ADDRESS[kind].types.test(mimeType)) throw new Refusal('fileType');
  const named = /filename\*?=(?:UTF-8'')?"?([^";]+)"?/i.exec(answer?.headers.get('content-disposition') ?? '')?.[1];
  const name = decodeURIComponent(named ?? url.pathname.split('/').at(-1) ?? '') || null;
  return world.addFile({ kind, name, mimeType, bytes });
}

function checkPhoto({ bytes }: Upload): void {
  if (bytes.byteLength > LARGEST_PHOTO) throw tooBigPhoto(bytes.byteLength, LARGEST_PHOTO);
  const picture = imageFacts(bytes);
  if (!picture) throw new Refusal('notPhoto');
  const [short = 0, long = 0] = [picture.width, picture.height].sort((a, b) => a - b);
  if (short + long > LONGEST_SIDES || long > LONGEST_RATIO * short) throw new Refusal('photoSize');
}

/** A voice note is known by its content. */
const typeOf = ({ bytes, mimeType }: Upload, kind: FileKind): string =>
  kind === 'voice' && new TextDecoder().decode(bytes.subarray(0, 4)) === 'OggS' ? 'audio/ogg' : mimeType;

async function fileOf({ world, given }: Call, kind: FileKind, duration: number): Promise<StoredFile> {
  const upload = uploadOf(given, kind);
  if (upload) {
    if (upload.bytes.byteLength === 0) throw new Refusal('noFile');
    if (kind === 'photo') checkPhoto(upload);
    if (upload.bytes.byteLength > LARGEST_UPLOAD) throw new Refusal('tooLargeRequest');
    return world.addFile({ kind, ...upload, mimeType: typeOf(upload, kind), duration });
  }
  const value = given.values[kind];
  if (typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value))
    return fetchFile(world, value, kind);
  const known = typeof value === 'string' ? world.files.get(value) : undefined;
  if (!known) throw new Refusal('wrongFile');
  return known;
}

const sends = (kind: FileKind, more: z.ZodRawShape = {}): Method =>
  method(
    { ...shape, [kind]: z.string().optional(), duration: integer.optional(), ...more },
    async (world, params, call) => {
      const { chat, place } = prepare(world, params);
      if (kind === 'voice' && chat.forbidsVoice) throw new Refusal('noVoice');
      const { caption, parse_mode: parseMode, caption_entities: entities } = params;
      const words = readWords({ text: caption, parseMode, entities }, LONGEST_CAPTION, true);
      const file = await fileOf(call, kind, typeof params.duration === 'number' ? params.duration : 0);
      return { result: messageView(chat, place({ ...words, file })) };
    },
  );

export const filePath = (file: StoredFile): string => {
  const folder = { photo: 'photos', voice: 'voice', video: 'videos', audio: 'music', document: 'documents' }[file.kind];
  const ending = /\.(\w{1,8})$/.exec(file.name ?? '')?.[1] ?? (file.mimeType.split('/')[1] ?? 'bin').replace(/\W/g, '');
  return `${folder}/file_${file.uniqueId}.${ending}`;
};

/** A file that was named by its smaller size is the same one here. */
const findFile = (world: World, id: string): StoredFile | undefined =>
  world.files.get(id) ?? world.files.get(id.replace(/-s$/, ''));

export const fileMethods: Record<string, Method> = {
  sendDocument: sends('document', { disable_content_type_detection: flag.optional() }),
  sendPhoto: sends('photo', { show_caption_above_media: flag.optional(), has_spoiler: flag.optional() }),
  sendVideo: sends('video', {
    width: integer.optional(),
    height: integer.optional(),
    supports_streaming: flag.optional(),
  }),
  sendVoice: sends('voice'),
  sendAudio: sends('audio', { performer: z.string().optional(), title: z.string().optional() }),
  getFile: method({ file_id: z.string() }, (world, { file_id: id }) => {
    const file = findFile(world, id);
    if (!file) throw new Refusal('fileId');
    if (file.bytes.byteLength > LARGEST_DOWNLOAD) throw new Refusal('bigFile');
    return {
      result: {
        file_id: id,
        file_unique_id: file.uniqueId,
        file_size: file.bytes.byteLength,
        file_path: filePath(file),
      },
    };
  }),
};
