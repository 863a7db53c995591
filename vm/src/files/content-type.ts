import { open } from 'node:fs/promises';
import { fileTypeFromFile } from 'file-type';

// Detects a file's type by its content. The sender's type counts only for text, because all kinds of text look alike.

const LOOKED_AT = 64 * 1024;
const TEXTUAL = /^(text\/[\w.+-]{1,100}|application\/(json|xml|yaml|toml|javascript|sql|x-sh)|image\/svg\+xml)$/;

export type DetectedType = { type: string; extension: string | undefined };

export async function detectType(path: string, saidType: string | undefined): Promise<DetectedType> {
  // A file made to confuse the detection has no known type.
  const known = await fileTypeFromFile(path).catch(() => undefined);
  if (known) return { type: known.mime, extension: known.ext };
  if (!(await isText(path))) return { type: 'application/octet-stream', extension: undefined };
  const said = saidType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return { type: TEXTUAL.test(said) ? said : 'text/plain', extension: said === 'text/vcard' ? 'vcf' : 'txt' };
}

async function isText(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(LOOKED_AT) });
    const start = buffer.subarray(0, bytesRead);
    // The last character read may be incomplete.
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: bytesRead === LOOKED_AT });
    return !start.includes(0);
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  } finally {
    await file.close();
  }
}
