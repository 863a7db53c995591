import { join } from 'node:path';
import { openFolderInside } from '../files/inside.ts';
import type { Workspace } from '../workspace/workspace.ts';

// Lists a project's folder for a phone: newest first, with bounds on what is read and shown.

const SHOWN = 40;
const READ_MAX = 2000;

type Item = { name: string; size: number; changedAt: number; isFolder: boolean };

export function listFiles(workspace: Workspace, project: string, asked: string): string {
  const found = openFolderInside(join(workspace.projects, project), asked);
  if ('refused' in found) return found.refused;
  using folder = found.folder;
  const items = folder
    .names(READ_MAX + 1)
    .flatMap((name): Item[] => {
      const stats = name === '.git' ? null : folder.stat(name);
      return stats ? [{ name, size: stats.size, changedAt: stats.mtimeMs, isFolder: stats.isDirectory() }] : [];
    })
    .slice(0, READ_MAX);
  const where = asked === '.' ? 'the project' : `\`${visible(asked)}\``;
  if (items.length === 0) return `There are no files in ${where}.`;
  items.sort((a, b) => b.changedAt - a.changedAt || a.name.localeCompare(b.name));
  const lines = items.slice(0, SHOWN).map(({ name, size, isFolder }) => {
    return isFolder ? `- \`${visible(name)}/\`` : `- \`${visible(name)}\` · ${formatSize(size)}`;
  });
  const more = items.length - lines.length;
  const count = items.length === READ_MAX ? `at least ${READ_MAX}` : `${items.length}`;
  return [
    `Files in ${where} (${count}), newest first:`,
    ...lines,
    ...(more > 0 ? [`… and ${items.length === READ_MAX ? 'many' : more} more.`] : []),
  ].join('\n');
}

export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 2 ** 20) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

/** A name without characters that could break its line. */
const visible = (name: string): string => name.replace(/[\p{Cc}\p{Cf}`]/gu, '?').slice(0, 120);
