import { SANDBOX } from '../accounts/twilio.ts';
import { type Check, type Finding, fail, LeftOut, ok, warn } from './check.ts';
import type { World } from './world.ts';

// The template that asks a person to write again when WhatsApp’s 24 hours are over. Approval takes days.

const CONSOLE = 'in the Twilio console under Messaging, Content Template Builder';

const DECLINED = 'not wanted (NUDGE_TEMPLATE=no): take that out of .prod.vars and `npm run setup` offers it again';

async function template(world: World): Promise<Finding> {
  const { TWILIO_NUDGE_CONTENT_SID: sid, NUDGE_TEMPLATE: wish } = world.vars;
  if (!sid) {
    if (!world.senders().some((address) => address.startsWith('whatsapp:') && address !== SANDBOX))
      throw new LeftOut('a template belongs to a WhatsApp sender of one’s own, and TWILIO_SENDERS names none');
    if (wish === 'no') throw new LeftOut(DECLINED);
    return warn(
      'TWILIO_NUDGE_CONTENT_SID is not set: answers that come after 24 hours wait until the person writes',
      'Run `npm run setup`: it offers to make the template and to hand it in for approval, which takes days.',
    );
  }
  const approval = await world.twilio().approval(sid);
  if (approval === null)
    return fail(
      'this account has no such template',
      `Find its SID ${CONSOLE} and put it into TWILIO_NUDGE_CONTENT_SID in .prod.vars, or leave that empty and \`npm run setup\` makes one; then \`npm run deploy\`.`,
    );
  const { status, reason } = approval;
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
    `Make another with other words ${CONSOLE}, hand it in as “Utility”, and put its SID into TWILIO_NUDGE_CONTENT_SID in .prod.vars. Then \`npm run deploy\`.`,
  );
}

export const templateCheck: Check = { name: 'template', title: 'Nudge template', run: template };
