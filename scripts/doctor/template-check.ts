import { SANDBOX } from '../accounts/twilio.ts';
import { links } from '../setup/links.ts';
import { type Check, type Finding, fail, LeftOut, ok, warn } from './check.ts';
import type { DoctorContext } from './context.ts';

// Checks the template that asks a person to write again when WhatsApp's 24 hours are over. Approval takes days.

const CONSOLE = `in the Content Template Builder (${links.templates})`;

const DECLINED = 'turned off (NUDGE_TEMPLATE=no); `npm run setup -- --change template` offers it again';

async function template(context: DoctorContext): Promise<Finding> {
  const { TWILIO_NUDGE_CONTENT_SID: sid, NUDGE_TEMPLATE: wish } = context.vars;
  if (!sid) {
    if (!context.senders().some((address) => address.startsWith('whatsapp:') && address !== SANDBOX))
      throw new LeftOut('a template needs a WhatsApp sender of your own, and TWILIO_SENDERS has none');
    if (wish === 'no') throw new LeftOut(DECLINED);
    return warn(
      'TWILIO_NUDGE_CONTENT_SID is not set, so replies after 24 hours wait until the person writes',
      'Run `npm run setup`: it offers to create the template and submit it for approval, which can take a few days.',
    );
  }
  const approval = await context.twilio().approval(sid);
  if (approval === null)
    return fail(
      'this account has no template with that SID',
      `Find the SID ${CONSOLE} and set TWILIO_NUDGE_CONTENT_SID in .prod.vars to it, or clear it and \`npm run setup\` creates a template; then run \`npm run deploy\`.`,
    );
  const { status, reason } = approval;
  if (status === 'approved') return ok('approved');
  if (status === 'received' || status === 'pending')
    return warn(
      'WhatsApp hasn’t decided yet',
      'No action needed: this can take a few days. Until then, late replies wait until the person writes.',
    );
  if (status === 'unsubmitted')
    return fail('it was never submitted for approval', `Submit it as “Utility” ${CONSOLE}.`);
  return fail(
    `WhatsApp says ${status}${reason ? `: ${reason}` : ''}`,
    `Create one with other words ${CONSOLE}, submit it as “Utility”, and set TWILIO_NUDGE_CONTENT_SID in .prod.vars to its SID. Then run \`npm run deploy\`.`,
  );
}

export const templateCheck: Check = { name: 'template', title: 'Nudge template', run: template };
