import type { Context } from 'hono';
import { channelOf } from '../channels/registry.ts';
import { directoryOf, nameObject, retryOnce } from '../objects/namespaces.ts';
import { alerts } from '../objects/operator-alerts.ts';
import { boundedText } from './bounded-text.ts';
import type { AppEnv } from './configuration.ts';
import { handOver } from './intake.ts';
import { reportRefusal } from './refusal-log.ts';

/** The webhook of a channel: its folder checks, reads and answers the request. */
export async function onChannel(c: Context<AppEnv>): Promise<Response> {
  const config = c.get('config');
  const channel = channelOf(`${c.req.param('scheme')}:`);
  if (!channel.receive || !channel.isOn(config)) return c.notFound();
  return channel.receive(c.req.raw, config, {
    message: (message) => handOver(c.env, config, message),
    shut: (said) => retryOnce(() => nameObject(c.env, config, said.address).hearShut(said)),
    read: (most) => boundedText(c.req.raw, most),
    refuse: reportRefusal,
    reportForeign: (sender) => retryOnce(() => directoryOf(c.env, config).raise(alerts.foreignUpdates(sender))),
  });
}
