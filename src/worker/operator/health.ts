import type { Context } from 'hono';
import { sendersOf } from '../../channels/registry.ts';
import { VERSION } from '../../config/config.ts';
import { MICROS_A_DOLLAR } from '../../input/dollars.ts';
import { isStuck } from '../../machines/rollout.ts';
import { directoryOf } from '../../objects/namespaces.ts';
import { describeSender } from '../../objects/operator-alerts.ts';
import type { ConversationHealth } from '../../objects/stores/health-store.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import type { AppEnv } from '../configuration.ts';

// The state of the relay and of one conversation, for `npm run doctor`. No secret, no number, no text of a person.
// Asking wakes no machine and starts no work.

const timeOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export async function reportRelayHealth(c: Context<AppEnv>): Promise<Response> {
  const config = c.get('config');
  // The types promise these bindings, but a deployment may lack any of them.
  const bound: Record<string, unknown> = { ...c.env };
  const isBound = (name: string): boolean => bound[name] !== undefined && bound[name] !== null;
  const { alertsLastDay, machines, outages, rollout, spending } = await directoryOf(c.env, config).health();
  return c.json({
    version: VERSION,
    protocol: PROTOCOL_VERSION,
    now: new Date().toISOString(),
    configuration: {
      provider: config.MACHINE_PROVIDER,
      public_host: new URL(config.PUBLIC_URL).host,
      senders: sendersOf(config).length,
      allowed: config.ALLOWED_SENDERS.includes('*') ? 'everybody' : config.ALLOWED_SENDERS.length,
      admins: config.ADMIN_SENDERS.length,
      sms: config.SMS === 'on',
      nudge: config.TWILIO_NUDGE_CONTENT_SID !== undefined,
      image: config.MACHINE_PROVIDER === 'fly' ? (config.FLY_IMAGE ?? null) : null,
    },
    bindings: { media: isBound('MEDIA'), archive: isBound('ARCHIVE'), ai: isBound('AI') },
    alerts_last_day: alertsLastDay,
    outages: outages.map(({ sender, beganAt, failure, code, probes, waiting, nextAt, overAt }) => ({
      sender: describeSender(sender),
      began_at: timeOf(beganAt),
      failure,
      code,
      tries: probes,
      waiting,
      next_try_at: timeOf(nextAt),
      over_at: timeOf(overAt),
    })),
    machines:
      config.MACHINE_PROVIDER === 'fly'
        ? machines.map(({ revertedFrom, recordedAt, ...machine }) => ({
            ...machine,
            reverted_from: revertedFrom,
            recorded_at: timeOf(recordedAt),
          }))
        : null,
    /** In dollars; null without a budget of everybody. */
    spending:
      spending.day === ''
        ? null
        : {
            day: spending.day,
            day_usd: spending.dayMicros / MICROS_A_DOLLAR,
            month_usd: spending.monthMicros / MICROS_A_DOLLAR,
          },
    rollout: rollout && {
      settings: rollout.settings,
      image: rollout.image,
      state: isStuck(rollout, Date.now()) ? 'stuck' : rollout.state,
      first: rollout.first,
      began_at: timeOf(rollout.beganAt),
    },
  });
}

export function reportConversationHealth({ machine, ...health }: ConversationHealth) {
  return {
    parked: health.parked,
    held: health.held,
    failed: health.failed,
    overdue_timers: health.overdueTimers,
    alarm_at: timeOf(health.alarmAt),
    alarm_overdue: health.alarmOverdue,
    machine: machine && {
      name: machine.name,
      step: machine.step,
      region: machine.region,
      image: machine.image,
      settings: machine.settings,
      refusal: machine.refusal,
      step_since: timeOf(machine.stepSince),
      doubted_since: timeOf(machine.doubtedSince),
      awake_since: timeOf(machine.awakeSince),
      awake_ms: machine.awakeMs,
      used_at: timeOf(machine.usedAt),
    },
  };
}
