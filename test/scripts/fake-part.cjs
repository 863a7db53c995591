const { spawn } = require('node:child_process');
const { createServer } = require('node:http');

// A part for the launcher's tests: healthy on PORT, and dying, sleeping, hanging, slow or starting children on request.
// In CommonJS, which starts faster than a TypeScript module.

if (process.env.FAIL) {
  console.error(`Error: ${process.env.FAIL}`);
  process.exit(3);
}

/** Computes, and answers nobody meanwhile. */
function compute(ms) {
  for (const end = Date.now() + ms; Date.now() < end; );
}
compute(Number(process.env.BUSY_FIRST_MS ?? 0));

let hanging = false;
const server = createServer((request, response) => {
  if (request.url === '/healthz' && hanging) return;
  if (request.url === '/hang') hanging = true;
  if (request.url?.startsWith('/busy?ms=')) compute(Number(request.url.slice('/busy?ms='.length)));
  if (request.url === '/desert') server.close(() => setTimeout(() => undefined, 60_000));
  if (request.url === '/sleep') response.once('finish', () => process.exit(0));
  if (request.url === '/beget') {
    // In its own group, and ignoring polite signals.
    const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')";
    const child = spawn(process.execPath, ['-e', deaf], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.once('data', () => response.end(String(child.pid)));
    return;
  }
  response.setHeader('connection', 'close');
  response.end(String(process.pid));
});
const listen = () => server.listen(Number(process.env.PORT), '127.0.0.1');
if (process.env.IDLE_FIRST_MS) setTimeout(listen, Number(process.env.IDLE_FIRST_MS));
else listen();
