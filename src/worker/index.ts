import { Hono } from 'hono';

// The edge. Stateless: verify, parse, hand over, answer.

const app = new Hono();

app.get('/healthz', (c) => c.json({ ok: true }));

export default app;
