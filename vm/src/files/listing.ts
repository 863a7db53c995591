import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workspace } from '../agent/workspace.ts';
import { inside } from './inside.ts';

// What is in a folder of a project, in words for a phone: newest first, bounded in what is read and in what is shown.

const SHOWN = 40;
const READ_MAX = 2000;

type Item = { name: string; size: number; changedAt: number; isFolder: boolean };

export async function listFiles(place: Workspace, project: string, folder: string): Promise<string> {
  const found = await inside(join(place.projects, project), folder);
  if ('refused' in found) return found.refused;
  const items: Item[] = [];
  try {
    for await (const { name } of await opendir(found.path)) {
      if (name === '.git') continue;
      if (items.length === READ_MAX) break;
      const stats = await lstat(join(found.path, name)).catch(() => null);
      if (stats) items.push({ name, size: stats.size, changedAt: stats.mtimeMs, isFolder: stats.isDirectory() });
    }
  } catch {
    return 'That is no folder of the project. /files lists what there is.';
  }
  const where = folder === '.' ? 'the project' : `\`${visible(folder)}\``;
  if (items.length === 0) return `There are no files in ${where}.`;
  items.sort((a, b) => b.changedAt - a.changedAt || a.name.localeCompare(b.name));
  const lines = items.slice(0, SHOWN).map(({ name, size, isFolder }) => {
    return isFolder ? `- \`${visible(name)}/\`` : `- \`${visible(name)}\` · ${sizeInWords(size)}`;
  });
  const more = items.length - lines.length;
  const count = items.length === READ_MAX ? `more than ${READ_MAX}` : `${items.length}`;
  return [
    `Files in ${where} (${count}), newest first:`,
    ...lines,
    ...(more > 0 ? [`… and ${items.length === READ_MAX ? 'many' : more} more.`] : []),
  ].join('\n');
}

export function sizeInWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 2 ** 20) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

/** A name as one harmless piece of a line. */
const visible = (name: string): string => name.replace(/[\p{Cc}\p{Cf}`]/gu, '?').slice(0, 120);
