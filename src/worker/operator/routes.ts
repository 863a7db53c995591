import { Hono } from 'hono/tiny';
import { reasonOf, report } from '../../log.ts';
import { operatorPage as words } from '../../texts/operator-page.ts';
import type { AppEnv } from '../configuration.ts';
import { acknowledgeAlert, answerStranger, retryRollout, showAnswered } from './actions.ts';
import { api } from './api.ts';
import { act, changeAccess, showConversation, showWithoutWords, showWords } from './conversation.ts';
import { wayOf } from './cookie.ts';
import { downloadCopy } from './copy.ts';
import { answer, isDoorOpen, requireOperator, sayNoAnswer } from './door.ts';
import { pageHeadersOf } from './headers.ts';
import { logIn, showLogin } from './login.ts';
import { endSession, forgetLogin, logOut } from './sessions.ts';
import { limitTime } from './time-limit.ts';
import { showTranscript, showTranscriptWords } from './transcript.ts';
import { FIRST_VIEW, VIEWS } from './views/views.ts';

// Everything under /operator. A browser gets views of the page; a script with the operator's token gets JSON from the
// same addresses. There is nothing while nobody could log in.

const CONVERSATION = '/people/:id{[0-9a-f]{64}}';

export const operator = new Hono<AppEnv>();

operator.use(async (c, next) => {
  if (!isDoorOpen(c.get('config'))) return c.text('Not found.', 404);
  for (const [name, value] of Object.entries(pageHeadersOf(new URL(c.req.url).origin))) c.header(name, value);
  if (wayOf(c) !== 'http') return next();
  // Neither a cookie nor a token may go without encryption.
  const isRead = ['GET', 'HEAD'].includes(c.req.method);
  return isRead ? c.redirect(c.req.url.replace('http:', 'https:'), 308) : answer(c, words.notEncrypted, 403);
});

operator.onError((error, c) => {
  if (c.get('operator')?.by === 'token') throw error;
  report({ level: 'error', event: 'operator-no-answer', reason: reasonOf(error) });
  return sayNoAnswer(c);
});

operator.get('/login/:token', showLogin);
operator.post('/login/:token', logIn);

operator.use(limitTime);
operator.post('/logout', forgetLogin);
operator.use(requireOperator);

operator.get('/', (c) => c.redirect(FIRST_VIEW, 303));
for (const { path, show } of VIEWS) {
  operator.get(path, (c, next) => (c.get('operator').by === 'token' ? next() : show(c)));
}
operator.get(CONVERSATION, (c, next) => (c.get('operator').by === 'token' ? next() : showConversation(c)));
operator.get(`${CONVERSATION}/show`, showWithoutWords);
operator.post(`${CONVERSATION}/show`, showWords);
operator.post(`${CONVERSATION}/act`, act);
operator.get(`${CONVERSATION}/sessions/:session{[\\w-]{1,64}}`, showTranscript);
operator.post(`${CONVERSATION}/sessions/:session{[\\w-]{1,64}}`, showTranscriptWords);
operator.get(`${CONVERSATION}/copy`, showWithoutWords);
operator.post(`${CONVERSATION}/copy`, downloadCopy);
operator.get(`${CONVERSATION}/access`, showWithoutWords);
operator.post(`${CONVERSATION}/access`, changeAccess);
operator.post('/alerts/:id/acknowledge', acknowledgeAlert);
operator.get('/strangers/:n/:answer', showAnswered);
operator.post('/strangers/:n/:answer', answerStranger);
operator.post('/rollout/retry', (c, next) => (c.get('operator').by === 'token' ? next() : retryRollout(c)));
operator.post('/logout', logOut);
operator.post('/sessions/:id/end', endSession);

// The rest is for the token alone: the API trusts it like the owner.
operator.use((c, next) => (c.get('operator').by === 'token' ? next() : Promise.resolve(answer(c, words.nothing, 404))));
operator.route('/', api);
