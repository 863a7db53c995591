import type { SettingSource, Settings } from '@anthropic-ai/claude-agent-sdk/core';
import { Folder } from '../files/folder.ts';
import type { Workspace } from '../workspace/workspace.ts';

// Decides whose settings Claude Code may read if the agent asks for consent. A settings file can start programs: its
// `env` names programs and start files, its helpers are commands, and Claude Code runs them outside the sandbox. So a
// file with anything but the plain settings below is ignored, together with the skills, commands and agents beside it.
// Keeps nothing.

const SETTINGS_MAX = 256 * 1024;

/**
 * Settings that start nothing. Hooks and MCP servers are listed because only programs/program-options.ts starts them.
 */
const PLAIN = new Set<string>([
  '$schema',
  'alwaysThinkingEnabled',
  'attribution',
  'autoCompactEnabled',
  'autoMemoryEnabled',
  'claudeMdExcludes',
  'cleanupPeriodDays',
  'disableAllHooks',
  'disabledMcpjsonServers',
  'effortLevel',
  'enableAllProjectMcpServers',
  'enabledMcpjsonServers',
  'hooks',
  'includeCoAuthoredBy',
  'includeGitInstructions',
  'language',
  'model',
  'outputStyle',
  'promptSuggestionEnabled',
  'respectGitignore',
  'showThinkingSummaries',
  'skillOverrides',
  'spinnerTipsEnabled',
  'theme',
  'verbose',
] satisfies (keyof Settings)[]);

/** Allowed in a file and ignored there: only the person decides what needs no consent. */
const RULES = new Set(['allow', 'ask', 'deny']);

const namesOf = (value: unknown): string[] => (typeof value === 'object' && value !== null ? Object.keys(value) : []);

const filesOf = (workspace: Workspace, cwd: string): Record<SettingSource, [string, ...string[]]> => ({
  user: [workspace.config, 'settings.json'],
  project: [cwd, '.claude', 'settings.json'],
  local: [cwd, '.claude', 'settings.local.json'],
});

/** `settings`: the settings that make the source ignored. */
export type IgnoredSource = { source: SettingSource; settings: string[] };

export function chooseSources(workspace: Workspace, cwd: string): { read: SettingSource[]; ignored: IgnoredSource[] } {
  const all = Object.entries(filesOf(workspace, cwd)).map(([source, path]) => ({
    source: source as SettingSource,
    settings: doubtfulSettings(path),
  }));
  const isRead = ({ settings }: IgnoredSource): boolean => settings.length === 0;
  return { read: all.filter(isRead).map(({ source }) => source), ignored: all.filter((source) => !isRead(source)) };
}

const NAMED_MAX = 5;
const FILES: Record<SettingSource, string> = {
  user: 'The person’s own settings.json',
  project: 'This project’s .claude/settings.json',
  local: 'This project’s .claude/settings.local.json',
};
const LOST: Record<SettingSource, string> = {
  user: 'so none of its settings and none of the person’s own skills, commands and agents are loaded',
  project: 'so none of its settings and none of the project’s skills, commands and agents are loaded',
  local: 'so none of its settings are loaded',
};

/** For the agent: what is missing and why. */
export function describeIgnored(ignored: readonly IgnoredSource[]): string {
  return ignored
    .map(({ source, settings }) => {
      const named = settings.slice(0, NAMED_MAX).map((name) => name.slice(0, 40).replace(/[^\w $-]/g, '?'));
      return `${FILES[source]} sets ${named.join(', ')}, which could start programs outside the sandbox, ${LOST[source]}. If the person asks why they are missing, say so.`;
    })
    .join('\n');
}

/** The settings of a file that aren't plain. An unreadable file is doubtful as a whole. */
function doubtfulSettings([top, ...path]: [string, ...string[]]): string[] {
  try {
    using folder = Folder.open(top);
    const text = textBelow(folder, path);
    if (text === null) return [];
    const settings: unknown = JSON.parse(text);
    if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
      return ['something other than an object'];
    return Object.entries(settings).flatMap(([name, value]) =>
      name === 'permissions' ? namesOf(value).filter((rule) => !RULES.has(rule)) : PLAIN.has(name) ? [] : [name],
    );
  } catch (error) {
    if (error instanceof Doubt) return [error.message];
    return [error instanceof SyntaxError ? 'invalid JSON' : 'something other than a file'];
  }
}

class Doubt extends Error {}

/** Null if there is no such file. */
function textBelow(folder: Folder, [name = '', ...rest]: string[]): string | null {
  const found = folder.stat(name);
  if (found === null) return null;
  if (rest.length > 0) {
    using inner = folder.enter(name);
    return textBelow(inner, rest);
  }
  if (found.size > SETTINGS_MAX) throw new Doubt('too much');
  const text = folder.read(name, SETTINGS_MAX);
  if (text === null) throw new Doubt('something other than a file');
  return text.toString('utf8');
}
