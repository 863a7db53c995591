import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Wanted } from './dev-vars.ts';

// The settings that a run without accounts needs in .dev.vars: addresses on loopback, and generated keys and tokens.

export const SIMULATOR_URL = 'http://127.0.0.1:4000';
export const SIMULATED_SENDER = 'whatsapp:+15555550100';
/** The same number by SMS. */
export const SIMULATED_SMS_SENDER = '+15555550100';
/** The number of the first simulated phone. */
export const FIRST_PHONE = '+15555550123';
/** The id of the simulator's bot, which says nothing to Telegram. */
export const LOCAL_BOT = '4815162342';
/** Account ids drawn here start like this, so that `--twilio` can tell them from Twilio's own. */
export const LOCAL_ACCOUNT_PREFIX = 'AC00000000';
export const DEMO_MODEL_URL = 'http://127.0.0.1:4020';
export const FLY_URL = 'http://127.0.0.1:4030';
/** The name of the App on the stand-in for GitHub, which says nothing to GitHub itself. */
export const LOCAL_APP = 'roost-local';
export const GIT_HOSTS = 'http://127.0.0.1:4050';

/** Fresh values; only those whose name is missing are written. */
export function localVars(): Wanted[] {
  return [
    { name: 'PUBLIC_URL', value: 'http://127.0.0.1:8787', why: 'The relay’s address, which Twilio calls and signs.' },
    { name: 'TWILIO_API_URL', value: SIMULATOR_URL, why: 'The simulator: phone page and fake Twilio.' },
    { name: 'TWILIO_MESSAGING_URL', value: SIMULATOR_URL, why: 'The simulator again (typing indicator).' },
    { name: 'TWILIO_CONTENT_URL', value: SIMULATOR_URL, why: 'The simulator again (buttons).' },
    {
      name: 'TWILIO_ACCOUNT_SID',
      value: LOCAL_ACCOUNT_PREFIX + randomBytes(12).toString('hex'),
      why: 'Generated for the simulator; a real account has its own.',
    },
    { name: 'TWILIO_AUTH_TOKEN', value: randomBytes(16).toString('hex'), why: 'Generated for the simulator.' },
    { name: 'TWILIO_SENDERS', value: SIMULATED_SENDER, why: "Roost's own numbers; a fictional one here." },
    {
      name: 'ALLOWED_SENDERS',
      value: '',
      why: 'Who may text Roost (E.164). In local mode, empty allows every fictional number.',
    },
    { name: 'ADMIN_SENDERS', value: FIRST_PHONE, why: 'The owner: the first phone of the simulator.' },
    { name: 'MACHINE_PROVIDER', value: 'static', why: 'The agent runs as a process on this computer.' },
    { name: 'MACHINE_URL', value: 'http://127.0.0.1:8080', why: 'Where the agent server listens.' },
    { name: 'STATIC_SHARED', value: 'trusted', why: 'Several simulated phones share one machine here.' },
    { name: 'MACHINE_SIGNING_KEY', value: signingKey(), why: 'Signs the calls to the agent server. Keep it secret.' },
    {
      name: 'SECRETS_KEY',
      value: randomBytes(32).toString('base64url'),
      why: 'Seals the accounts that people connect. Keep it secret.',
    },
    {
      name: 'ANTHROPIC_API_URL',
      value: DEMO_MODEL_URL,
      why: 'The demo model. For a real one, add ANTHROPIC_API_KEY on its own line and run npm start -- --real.',
    },
    { name: 'DEMO_MODEL_URL', value: DEMO_MODEL_URL, why: 'Where npm start runs the demo model.' },
    { name: 'FLY_API_URL', value: FLY_URL, why: 'The stand-in for Fly, with npm start -- --fly.' },
    { name: 'FLY_API_TOKEN', value: randomBytes(16).toString('hex'), why: 'Generated for the stand-in for Fly.' },
    { name: 'FLY_ORG', value: `local-${randomBytes(4).toString('hex')}`, why: 'An organisation on the stand-in.' },
    {
      name: 'GIT_API_URL',
      value: `${GIT_HOSTS}/api`,
      why: 'The stand-in for GitHub. For GitHub itself: GIT_API_URL=https://api.github.com and GIT_HOSTS_URL=https://{host}',
    },
    { name: 'GIT_HOSTS_URL', value: `${GIT_HOSTS}/{host}`, why: 'The stand-in for GitHub and other git hosts.' },
    { name: 'GITHUB_APP_ID', value: '7001', why: 'Roost’s App on the stand-in for GitHub. For GitHub: your own App.' },
    { name: 'GITHUB_APP_SLUG', value: LOCAL_APP, why: 'Its name in addresses of the stand-in.' },
    {
      name: 'GITHUB_APP_PRIVATE_KEY',
      get value() {
        return appKey();
      },
      why: 'Generated: the App’s key. Keep it secret.',
    },
    { name: 'GITHUB_CLIENT_ID', value: 'Iv23liLocal', why: 'The App’s client on the stand-in.' },
    { name: 'GITHUB_CLIENT_SECRET', value: randomBytes(20).toString('hex'), why: 'Generated: the client’s secret.' },
    { name: 'GITHUB_WEBHOOK_SECRET', value: randomBytes(20).toString('hex'), why: 'Generated: signs its webhooks.' },
    {
      name: 'OPERATOR_TOKEN',
      value: randomBytes(24).toString('hex'),
      why: 'Generated: npm start uses it for a link to the operator’s page. Keep it secret.',
    },
    { name: 'LOCAL_MODE', value: '1', why: 'Marks a local run; a deployment refuses it.' },
  ];
}

let key: string | undefined;
/** The App's key, made once, because that takes a while. PKCS#8 as PEM, in base64. */
function appKey(): string {
  key ??= Buffer.from(
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  ).toString('base64');
  return key;
}

export function signingKey(): string {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return JSON.stringify({ ...jwk, kid: randomBytes(4).toString('hex') });
}
