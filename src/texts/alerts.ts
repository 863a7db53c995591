// Alerts of a conversation for the operator: what happened, and what to do. They never contain a person's number or
// words. machines.ts has the alerts about a machine.

import { formatCount, whereOn } from './phrasing.ts';

/** Troubles of a channel's webhook. */
type WebhookTrouble = 'unset' | 'elsewhere' | 'revoked' | 'failing';

export const alertTexts = {
  archiveFailing:
    'A machine’s data couldn’t be copied. The reason is in the log under archive-failed or archive-refused. The next turn tries again.',
  mediaNotDeleted:
    'Twilio has kept copies of files that DELETE_MEDIA=on asks it to delete. Roost asks once a day for a month. After that, delete them yourself: the log shows their messages under media-not-deleted.',
  filesNotRemoved:
    'The bucket MEDIA hasn’t deleted files that have expired. Their links are closed. Roost tries once a day for a month; the reason is in the log under file-delayed.',
  windowClosed:
    'Replies are held because WhatsApp’s 24-hour window is closed. They go out when the person writes. To ask them to, set TWILIO_NUDGE_CONTENT_SID to an approved template.',
  textsADay:
    'A person sent more texts in a day than the bound, so further ones of that day aren’t read. They were told. Another program may be writing in their name.',
  wrongPins:
    'Somebody texted five wrong PINs to a locked conversation. Ask the person whether it was them; an admin can unlock it.',
  replyDoubled:
    'A person got a reply twice: Twilio’s answer was lost, and its list showed the message too late. No action needed; it is counted.',
  /** Why a reply is kept back, beside its code. */
  sentTwice: 'it was sent twice, and nobody knows whether it arrived.',
  /** A code that no channel explains. The codes of other channels are known to them. */
  unknownCode: (code: number): string =>
    `unknown reason. If it’s one of Twilio’s, its list of error codes has ${code}.`,
  replyDoubtful:
    'A reply was sent twice and its channel answered neither time, so nobody knows whether it arrived. It isn’t sent again until the person writes. You can find it under /operator and resend it.',
  /** `service`: who gave the code. */
  replyWaits: (service: string, code: number, meaning: string): string =>
    `${service} hasn’t taken a reply for a day (${code === 0 ? 'no answer' : `${code}: ${meaning}`}). It is tried for a week and leaves by itself when it is taken. You can find it under /operator.`,
  heldTooLong:
    'Replies have waited for a week, or there are very many of them. They leave when the person writes. You can find them under /operator and resend them.',
  modelRefused:
    'The model refused to work for somebody, or isn’t set up. Check ANTHROPIC_API_KEY, its credit and the model names; the reason is in the log under turn-failed. Then they can text /retry.',
  modelOverloaded:
    'The model’s API was overloaded, didn’t answer or limited our requests, and somebody’s work was given up after several tries. They can text /retry. Its status page shows its own troubles; the log has model-unreachable and turn-failed.',
  timerFailing:
    'A timer of a conversation has failed for a day. It is retried every hour; the reason is in the log under timer-failed.',
  replyRefused: (service: string, code: number, meaning: string): string =>
    `${service} rejected a reply permanently (${code}): ${meaning} It is kept under /operator, and you can resend it.`,
  accountRefused: (service: string, code: number, meaning: string): string =>
    `${service} rejects what we send (${code}): ${meaning} Replies are kept and retried.`,
  /** `reason`: in the service's words. */
  webhook: (
    name: string,
    since: string,
    trouble: { kind: WebhookTrouble; waiting?: number; reason?: string },
  ): string => {
    const { kind, waiting = 0, reason = '' } = trouble;
    const said = reason.replace(/[^\w .:,'()/-]/g, '').slice(0, 120);
    return {
      unset: `For ${since} ${name} has had no address for our bot’s texts, so none arrives. Run npm run telegram.`,
      elsewhere: `For ${since} ${name} has brought our bot’s texts to another address, so none arrives here. If that isn’t wanted, run npm run telegram -- --move, and ask @BotFather for a new token if it wasn’t you.`,
      revoked: `For ${since} ${name} hasn’t known our bot’s token, so no text arrives and no reply leaves. Ask @BotFather for the token, put it into .prod.vars as TELEGRAM_BOT_TOKEN, then run npm run deploy and npm run telegram.`,
      failing: `For ${since} ${name} couldn’t bring ${formatCount(waiting, 'text')} here${said === '' ? '' : ` (“${said}”)`}. It tries for a day, then they are lost. With 403 the secret differs: run npm run telegram. Otherwise look at the relay’s log.`,
    }[kind];
  },
  foreignUpdates: (name: string): string =>
    `Another ${name} bot’s webhook leads here with our secret, so its texts are taken for our bot’s. Put that bot’s token into .prod.vars as TELEGRAM_BOT_TOKEN, deploy and run npm run telegram if you changed bots. Otherwise delete that bot’s webhook, or give it another secret.`,
  againstPolicy: (code: number, meaning: string): string =>
    `A reply was refused as against the channel’s rules (${code}): ${meaning} It is held, and the person was told. If a second one is refused, the number counts as blocked. Read it under /operator and resend it, or leave it. What it means: docs/operate.md, “When WhatsApp closes the number”.`,
  senderBlocked: (code: number, meaning: string): string =>
    `Nothing leaves from one of our numbers any more (${code}): ${meaning} Replies are held, and one is tried now and then. People who write on another channel get them there. What to do: docs/operate.md, “When WhatsApp closes the number”.`,
  senderUnblocked: 'Replies leave again from the number that was blocked. What waited is on its way.',
  /** `others`: a sentence about the channels that are on, or nothing. */
  channelOff: (scheme: string, name: string, others: string): string =>
    scheme === 'sms'
      ? `Somebody on the list texted by SMS, and I haven’t answered: SMS is off, because its sender can be forged. SMS=on accepts it.${others}`
      : `Somebody on the list texted ${whereOn(name)}, and I haven’t answered: it is off.${others}`,
  nudgeRefused: (code: number, meaning: string): string =>
    `Twilio rejected the template that asks a person to write (${code}): ${meaning} Check TWILIO_NUDGE_CONTENT_SID.`,
} as const;
