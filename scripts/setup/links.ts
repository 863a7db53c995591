// The pages on which people find or create what setup asks for, as full addresses that terminals make clickable.

const TWILIO = 'https://console.twilio.com';
const CLOUDFLARE = 'https://dash.cloudflare.com';

/** The permissions for deploying, as keys of Cloudflare's template addresses for tokens. */
const PERMISSIONS = [
  { key: 'workers_scripts', type: 'edit' },
  { key: 'workers_routes', type: 'edit' },
  { key: 'workers_r2', type: 'edit' },
  { key: 'ai', type: 'read' },
  { key: 'account_settings', type: 'read' },
];

export const links = {
  twilioAccount: `${TWILIO}/`,
  whatsAppSenders: `${TWILIO}/us1/develop/sms/senders/whatsapp-senders`,
  sandbox: `${TWILIO}/us1/develop/sms/try-it-out/whatsapp-learn`,
  phoneNumbers: `${TWILIO}/us1/develop/phone-numbers/manage/incoming`,
  templates: `${TWILIO}/us1/develop/sms/content-template-builder`,
  anthropicKeys: 'https://platform.claude.com/settings/keys',
  /** The address of the form with name and permissions filled in. */
  cloudflareToken: `${CLOUDFLARE}/profile/api-tokens?${new URLSearchParams({
    permissionGroupKeys: JSON.stringify(PERMISSIONS),
    accountId: '*',
    zoneId: 'all',
    name: 'Roost',
  })}`,
  cloudflarePlan: `${CLOUDFLARE}/?to=/:account/workers/plans`,
  cloudflareR2: `${CLOUDFLARE}/?to=/:account/r2/overview`,
  cloudflareWorkers: `${CLOUDFLARE}/?to=/:account/workers-and-pages`,
  flyOrganizations: 'https://fly.io/organizations',
  flyTokens: (org: string) => `https://fly.io/dashboard/${encodeURIComponent(org)}/tokens`,
} as const;

/** Opens a chat with the number, the text typed already; for SMS without the text, which phones spell differently. */
export function chatLink(sender: string, text: string): string {
  if (!sender.startsWith('whatsapp:')) return `sms:${sender}`;
  return `https://wa.me/${sender.replace(/\D/g, '')}?text=${encodeURIComponent(text)}`;
}
