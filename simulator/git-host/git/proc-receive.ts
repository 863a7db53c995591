import { request } from 'node:http';
import { FLUSH, PktReader, pktLine } from './pkt-line.ts';

// The hook of a push, run by git: asks the stand-in about each ref and tells git the verdict. Git itself updates an
// accepted ref ("fall-through"). See "proc-receive" in githooks.

const { GIT_HOST_PORT = '', GIT_HOST_PUSH = '' } = process.env;
const reader = new PktReader();
const greeting: string[] = [];
const commands: string[] = [];
let list = 0;

process.stdin.on('data', (piece: Buffer) => {
  for (const line of reader.read(piece)) {
    if (line === null) void endOfList();
    else if (list === 0) greeting.push(line.toString());
    else if (list === 1) commands.push(line.toString().replace(/\n$/, ''));
  }
});

async function endOfList(): Promise<void> {
  list += 1;
  const hasOptions = greeting[0]?.includes('push-options');
  if (list === 1)
    process.stdout.write(Buffer.concat([pktLine('version=1\0push-options atomic\n'), Buffer.from(FLUSH)]));
  if (list !== (hasOptions ? 3 : 2)) return;
  const verdicts = await ask();
  for (const { ref, refused } of verdicts) {
    if (refused !== null) {
      // Shown to the user behind "remote:".
      if (refused.startsWith('protected'))
        process.stderr.write(`error: GH006: Protected branch update failed for ${ref}.\n`);
      process.stdout.write(pktLine(`ng ${ref} ${refused}\n`));
      continue;
    }
    for (const line of [`ok ${ref}\n`, 'option fall-through\n']) process.stdout.write(pktLine(line));
  }
  process.stdout.end(FLUSH);
  process.stdin.destroy();
}

function ask(): Promise<{ ref: string; refused: string | null }[]> {
  return new Promise((resolve, reject) => {
    const path = `/_push/${GIT_HOST_PUSH}`;
    const call = request({ host: '127.0.0.1', port: Number(GIT_HOST_PORT), path, method: 'POST' }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(pieces).toString())));
    });
    call.once('error', reject);
    call.end(JSON.stringify(commands));
  });
}
