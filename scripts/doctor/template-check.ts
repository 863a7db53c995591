import { type Check, type Finding, fail, ok, warn } from './check.ts';
import type { World } from './world.ts';

// The template that asks a person to write again when WhatsApp’s 24 hours are over. Approval takes days.

const CONSOLE = 'in the Twilio console under Messaging, Content Template Builder';

async function template(world: World): Promise<Finding> {
  const sid = world.vars.TWILIO_NUDGE_CONTENT_SID;
  if (!sid) {
    return warn(
      'TWILIO_NUDGE_CONTENT_SID is not set: answers that come after 24 hours wait until the person writes',
      'Run `npm run setup`: it offers to make the template and to hand it in for approval, which takes days.',
    );
  }
  const approval = await world.twilio().approval(sid);
  if (approval === 'absent')
    return fail(
      'this account has no such template',
      `Find its SID ${CONSOLE}, or have \`npm run setup\` make one; then \`npm run deploy\`.`,
    );
  const { status, rejection_reason: reason } = approval.whatsapp;
  if (status === 'approved') return ok('approved');
  if (status === 'received' || status === 'pending')
    return warn(
      'WhatsApp has not decided yet',
      'This takes days. Until then late answers wait for the person; nothing else is to be done.',
    );
  if (status === 'unsubmitted')
    return fail('it was never handed in for approval', `Hand it in ${CONSOLE}, as “Utility”.`);
  return fail(
    `WhatsApp says ${status}${reason ? `: ${reason}` : ''}`,
    `Make another with other words (\`npm run setup\`): one that was ${status} cannot be changed. Then \`npm run deploy\`.`,
  );
}

export const templateCheck: Check = { name: 'template', title: 'Nudge template', run: template };
