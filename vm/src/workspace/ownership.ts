import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lchownSync } from 'node:fs';
import { Folder } from '../files/folder.ts';
import { getAgentUser, toAgentCommand } from '../process/agent-user.ts';
import { CLONING } from './clone-folder.ts';

// Sets the owners of everything below DATA_DIR if server and agent are two users: the database and files in transit
// belong to the server; homes, configurations and projects to the agent. Runs at every start, before any agent, also on
// volumes that belonged to one user. A run that was cut is completed by the next start.

/** Below a conversation's folder; everything else there is the agent's. */
const SERVERS = ['inbox', 'outbox', 'setup'];
/** Folders that are created again when needed. */
const IN_TRANSIT = ['incoming', 'staging'];
/** The same below a conversation's folder. */
const UNFINISHED = [CLONING];

type Owner = { uid: number; gid: number };

/** Why no process can be started as the agent's user, or null. */
export function checkAgentUser(): string | null {
  const agent = getAgentUser();
  if (!agent) return null;
  if (agent.uid === process.getuid?.()) return 'AGENT_UID must not be the server’s own user';
  const { status, error } = spawnSync(...toAgentCommand('true', []), { encoding: 'utf8', timeout: 10_000 });
  return status === 0 ? null : `the server can’t start processes as AGENT_UID${error ? ` (${error.message})` : ''}`;
}

export function correctOwners(dataDir: string): void {
  const agent = getAgentUser();
  if (!agent) return;
  const server = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  using data = Folder.open(dataDir);
  own(data, server, 0o711);
  for (const name of data.names()) {
    if (IN_TRANSIT.includes(name)) data.remove(name);
    else if (name.startsWith('journal.db')) ownFile(data, name, server);
  }
  using conversations = data.make('conversations', 0o711);
  own(conversations, server, 0o711);
  for (const id of conversations.names()) {
    if (!conversations.stat(id)?.isDirectory()) continue;
    using conversation = conversations.enter(id);
    own(conversation, server, 0o711);
    for (const name of conversation.names()) {
      const found = conversation.stat(name);
      if (UNFINISHED.includes(name)) conversation.remove(name);
      else if (SERVERS.includes(name)) takeTree(conversation, name, server);
      else if (found?.isDirectory() && found.uid !== agent.uid) giveTree(conversation, name, agent);
    }
  }
}

/** Makes a tree the server's. Links are removed, because the server would follow them. */
function takeTree(parent: Folder, name: string, server: Owner): void {
  if (!parent.stat(name)?.isDirectory()) {
    ownFile(parent, name, server);
    return;
  }
  using folder = parent.enter(name);
  own(folder, server, 0o700);
  for (const inner of folder.names()) takeTree(folder, inner, server);
}

function ownFile(folder: Folder, name: string, { uid, gid }: Owner): void {
  if (folder.stat(name)?.isFile()) {
    chownSync(`${folder.address}/${name}`, uid, gid);
    chmodSync(`${folder.address}/${name}`, 0o600);
  } else folder.remove(name);
}

/**
 * Makes a tree the agent's. The top folder comes last, because the next start looks at it to see whether it has to go
 * on.
 */
function giveTree(parent: Folder, name: string, agent: Owner): void {
  if (parent.stat(name)?.isDirectory()) {
    using folder = parent.enter(name);
    for (const inner of folder.names()) giveTree(folder, inner, agent);
  }
  lchownSync(`${parent.address}/${name}`, agent.uid, agent.gid);
}

function own(folder: Folder, { uid, gid }: Owner, mode: number): void {
  chownSync(folder.address, uid, gid);
  chmodSync(folder.address, mode);
}
