import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { ProjectRepository } from '../src/protocol/index.ts';
import { remember } from '../vm/src/agent/memory.ts';
import { judgeCheck, quoteLines, withFinding } from '../vm/src/attempts/pre-check/result.ts';
import { newRunningState, step, unsaidTextOf } from '../vm/src/attempts/reducer.ts';
import { isLeftOut, isPersonal, staysInside, toSafePath } from '../vm/src/backup/rules.ts';
import { removeSaved, saveConversation, summaryNameOf } from '../vm/src/claude/compaction.ts';
import { MessageReader } from '../vm/src/claude/sdk-messages.ts';
import { isPrompt, parseTranscript, promptTextOf, readStandings } from '../vm/src/claude/transcript.ts';
import { makeUndoPlan } from '../vm/src/claude/undo.ts';
import { alwaysRuleOf } from '../vm/src/consent/always-rules.ts';
import { chooseSources, describeIgnored } from '../vm/src/consent/setting-sources.ts';
import { showInput } from '../vm/src/consent/shown-input.ts';
import { approvalOf, isAllowedWithoutAsking } from '../vm/src/consent/tool-permissions.ts';
import { readInside } from '../vm/src/files/inside.ts';
import { toSafeName, withSuffix } from '../vm/src/files/safe-name.ts';
import { isForConnect, targetOf } from '../vm/src/network/connect-target.ts';
import { isPrivateHost } from '../vm/src/network/private-address.ts';
import { describeChanges } from '../vm/src/programs/program-diff.ts';
import { readPrograms } from '../vm/src/programs/programs.ts';
import { isProgress, readProgress, reasonIn } from '../vm/src/repository/clone-progress.ts';
import type { Row } from './hostile-shapes.ts';

// The agent server's rows for hostile-table.ts: input of an agent, its files and its commands.

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));
const project = join(folder, 'project');
const place = { config: join(folder, 'config'), home: folder, projects: folder } as Parameters<typeof readPrograms>[0];
for (const path of [place.config, join(project, '.claude')]) mkdirSync(path, { recursive: true });
const SETTINGS = join(project, '.claude/settings.json');
const SERVERS = join(project, '.mcp.json');
/** The longest command. */
const COMMAND = 9000;
const sent = [
  { uuid: '1', text: 'a' },
  { uuid: '2', text: 'b' },
] as unknown as Parameters<typeof readStandings>[1];
const assistant = (text: string) => ({
  type: 'assistant',
  parent_tool_use_id: null,
  message: { content: [{ type: 'text', text }] },
});

export const machine: Record<string, Row> = {
  'what git says in a clone': (text) => [
    [readProgress(text), readProgress(`Receiving objects: ${text}`), isProgress(`remote: ${text}`)],
    [reasonIn([text]), reasonIn([`remote: ${text}`]), reasonIn([`fatal: ${text}`])],
  ],
  'where git and gh want to go': (text) =>
    [text, `/ann/shop/${text}`, `http://api.github.localhost/${text}`, `http://${text}/`].map((url) => {
      const asked = { url, headers: { host: 'github.localhost' } };
      return [isForConnect(asked), targetOf(asked, { host: 'github.com', path: 'ann/shop' })];
    }),
  'the repository of an attempt': (text) => [
    ProjectRepository.safeParse({ host: text, path: text, name: text, email: text }),
    ProjectRepository.safeParse({ host: 'a', path: `a/${text}` }),
  ],
  'names of files': (text) => [toSafeName(text), toSafeName(`${text}.pdf`, 'pdf'), withSuffix(text, '2')],
  'paths of an archive': (text) => [
    [isLeftOut(text, false), toSafePath(text), isPersonal(text)],
    [staysInside(text, text), staysInside('a', text)],
  ],
  'what a person consents to': (text) => [
    [approvalOf('Bash', { command: text }, []), approvalOf('Write', { file_path: text }, [])],
    approvalOf(text, { url: text }, []),
    isAllowedWithoutAsking({ tool: 'Bash', input: { command: text }, isOurs: false }, true),
  ],
  'what a change is shown as': (text) => [
    showInput('Edit', { file_path: text, old_string: text, new_string: `${text}x` }),
    showInput('Edit', { file_path: 'a', old_string: `x${text}`, new_string: text }),
    [
      showInput('Write', { file_path: 'a', content: text }),
      showInput('NotebookEdit', { notebook_path: text, a: [text] }),
    ],
    describeChanges([{ title: 'a', text }], [{ title: 'a', text: `${text}\nb` }]),
    describeChanges([{ title: 'a', text: `b${text}` }], [{ title: 'a', text }]),
  ],
  'what may be allowed for good': (text) => [
    ['command', 'host', 'url', 'file_path'].map((name) =>
      ['Bash', 'SandboxNetworkAccess', 'WebFetch', 'Read'].map((tool) =>
        alwaysRuleOf(tool, { [name]: text }, suggested(text)),
      ),
    ),
    [alwaysRuleOf('WebFetch', { url: `https://${text}` }, []), isPrivateHost(text), isPrivateHost(`[${text}]`)],
    alwaysRuleOf('Bash', { command: text.slice(0, 200) }, suggested(text)),
  ],
  // Beyond a command's length only the parser of JSON reads on.
  'settings and programs of a project': { size: COMMAND, work: readsProgramsOf },
  'a path in a project': (text) => [readInside(project, text, 1), readInside(project, `.claude/${text}`, 1)],
  'what an agent writes, word by word': (text) => {
    let state = newRunningState(null);
    const hear = (signal: Parameters<typeof step>[1]) => {
      state = step(state, signal).state;
    };
    for (let at = 0; at < text.length; at += 16) hear({ type: 'words', text: text.slice(at, at + 16), fresh: false });
    hear({ type: 'tool_started', id: text, name: text, declaredMs: 0 });
    for (let at = 0; at < text.length; at += 256) hear({ type: 'text', text: text.slice(at, at + 256) });
    return unsaidTextOf(state);
  },
  'what is remembered': (text) => remember(place, `${text}${'x'.repeat(600)}`),
  'a transcript': {
    finds: ['<command-name>', '<command-name>a</command-name><command-args>', '<system-reminder>', '{"type":"user"}\n'],
    work: readsTranscript,
  },
  'what the SDK says': (text) => [
    new MessageReader().read(assistant(text)),
    new MessageReader().read({
      type: 'result',
      is_error: true,
      result: text,
      errors: [text],
      user_message_uuids: [text],
    }),
  ],
  'what a check prints': {
    finds: ['\u001b];'],
    work: (text) => [
      judgeCheck('1', { code: 0, output: text }),
      [withFinding('task', text), withFinding('task', JSON.stringify({ data: text })), quoteLines(text).length],
    ],
  },
};

function readsProgramsOf(text: string): unknown {
  const command = text.slice(0, COMMAND);
  const hooks = { Stop: [{ matcher: text.slice(0, 900), hooks: [{ type: 'command', command }] }] };
  // A new file each time: some file systems flush one that is written over.
  for (const path of [SETTINGS, SERVERS]) rmSync(path, { force: true });
  writeFileSync(SETTINGS, JSON.stringify({ hooks, [text]: 1, permissions: { [text]: [] } }));
  const local = { command, args: [command, command], env: { A: text } };
  writeFileSync(SERVERS, JSON.stringify({ mcpServers: { a: local, b: { type: 'http', url: text }, [text]: {} } }));
  return [readPrograms(place, project, true), describeIgnored(chooseSources(place, project).ignored)];
}

function readsTranscript(text: string): unknown {
  const entry = { type: 'user', uuid: '2', message: { content: text } };
  const entries = parseTranscript(`${text}\n${JSON.stringify(entry)}\n${text}`);
  const command = `<command-name>${text}`;
  return [
    readStandings([entry, { ...entry, message: { content: `${text}\nb` } }] as never, sent),
    readStandings(entries, [
      { uuid: '1', text },
      { uuid: '2', text: text.slice(9) },
    ] as never),
    [
      promptTextOf(entry as never),
      promptTextOf({ ...entry, message: { content: command } } as never),
      isPrompt(entry as never),
    ],
    promptTextOf({ ...entry, message: { content: `<system-reminder>${text}` } } as never),
    summaryNameOf(text),
    makeUndoPlan(entries, '1', '2', []),
    archived(text),
  ];
}

/** Written and undone. */
function archived(text: string): void {
  const said = { type: 'user', uuid: '1', message: { content: text } };
  const path = saveConversation(project, [said, { ...assistant(text), uuid: '2' }] as never, new Date(0));
  if (path !== null) removeSaved(project, path);
}

const suggested = (ruleContent: string): Parameters<typeof alwaysRuleOf>[2] => [
  { type: 'addRules', rules: [{ toolName: 'Bash', ruleContent }], behavior: 'allow', destination: 'session' },
];
