const { spawn } = require('node:child_process');
const { appendFileSync, existsSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');

// A small program for machines of the fake Fly: reports its input, streams, dies and ignores signals on request. In CommonJS,
// which starts faster than a TypeScript module.

const { PORT, DATA_DIR = '', HOME = '', TMPDIR = '', CRASH, DEAF } = process.env;
const note = (line) => appendFileSync(join(DATA_DIR, 'notes'), `${line}\n`);

note('boot');
if (CRASH) process.exit(Number(CRASH));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1']) {
  process.on(signal, () => {
    note(signal);
    if (!DEAF && signal !== 'SIGUSR1') process.exit(0);
  });
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://machine');
  if (url.pathname === '/about') {
    const lost = { home: existsSync(join(HOME, 'kept')), tmp: existsSync(join(TMPDIR, 'kept')) };
    response.end(JSON.stringify({ env: process.env, headers: request.headers, pid: process.pid, lost }));
  } else if (url.pathname === '/keep') {
    for (const folder of [HOME, TMPDIR]) writeFileSync(join(folder, 'kept'), '');
    response.end();
  } else if (url.pathname === '/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
    response.once('close', () => note('stream closed'));
  } else if (url.pathname === '/echo') {
    response.writeHead(200);
    request.pipe(response);
    request.once('close', () => note(request.complete ? 'upload complete' : 'upload cut'));
  } else if (url.pathname === '/half') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  } else if (url.pathname === '/exit') {
    process.exit(Number(url.searchParams.get('code')));
  } else if (url.pathname === '/beget') {
    const idle = "setInterval(() => {}, 1000); console.log('up')";
    const child = spawn(process.execPath, ['-e', idle], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout?.once('data', () => response.end(String(child.pid)));
  } else {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ok: true }));
  }
});
server.listen(Number(PORT), '127.0.0.1');
