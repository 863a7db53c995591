import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

// A part for the launcher's tests: healthy on PORT, and dying, sleeping, hanging or begetting on request.

if (process.env.FAIL) {
  console.error(`Error: ${process.env.FAIL}`);
  process.exit(3);
}

let hanging = false;
const server = createServer((request, response) => {
  if (request.url === '/healthz' && hanging) return;
  if (request.url === '/hang') hanging = true;
  if (request.url === '/sleep') response.once('finish', () => process.exit(0));
  if (request.url === '/beget') {
    // In a group of its own, and deaf to polite requests.
    const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')";
    const child = spawn(process.execPath, ['-e', deaf], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.once('data', () => response.end(String(child.pid)));
    return;
  }
  response.setHeader('connection', 'close');
  response.end(String(process.pid));
});
server.listen(Number(process.env.PORT), '127.0.0.1');
