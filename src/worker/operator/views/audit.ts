import type { Context } from 'hono';
import { html } from 'hono/html';
import { AUDIT_LISTED } from '../../../conversation/policy/operator.ts';
import { directoryOf } from '../../../objects/namespaces.ts';
import type { AuditRow } from '../../../objects/stores/access-store.ts';
import type { OperatorSession } from '../../../objects/stores/operator-store.ts';
import { operatorPage } from '../../../texts/operator-page.ts';
import type { AppEnv } from '../../configuration.ts';
import { askDesk } from '../desk.ts';
import { showPage } from './layout.ts';
import { action, columns, type Html, older, section, shortId, table, tag, time } from './parts.ts';

// The view “Audit”: who is logged in, and who changed what, newest first.

const words = operatorPage.audit;

export async function showAudit(c: Context<AppEnv>): Promise<Response> {
  const directory = directoryOf(c.env, c.get('config'));
  const before = c.req.query('before') ?? null;
  const [sessions, entries] = await Promise.all([askDesk(c, async (desk) => desk.sessions()), directory.audit(before)]);
  const logins = section(words.logins, loginsTable(sessions, c.get('operator').session));
  const last = entries.length < AUDIT_LISTED ? null : (entries.at(-1)?.id ?? null);
  const rest = last === null ? null : `/operator/audit?before=${last}`;
  const list = section(words.entries, html`${entriesTable(entries)}${older(rest)}`);
  return showPage(c, { title: 'Audit', view: 'audit', main: before === null ? html`${logins}${list}` : list });
}

const loginsTable = (sessions: readonly OperatorSession[], own: string | null): Html =>
  table(
    words.logins,
    columns(words.who, words.browser, words.since, words.lastSeen, words.ends, ''),
    sessions.map(({ id, person, name, browser, madeAt, seenAt, expiresAt }) => ({
      cells: [
        html`${name ?? someone(person)}${id === own ? html` ${tag(words.thisBrowser, 'good')}` : null}`,
        browser,
        time(madeAt),
        time(seenAt),
        time(expiresAt),
        action(`/operator/sessions/${id}/end`, words.endLogin, { confirm: words.asksEnd }),
      ],
    })),
    words.noLogins,
  );

const entriesTable = (entries: readonly AuditRow[]): Html =>
  table(
    words.entries,
    columns(words.at, words.who, words.action, words.subject, words.detail),
    entries.map(({ id, at, actor, action: did, subject, detail }) => ({
      id,
      cells: [time(at), someone(actor), did, someone(subject), detail === '' ? null : detail],
    })),
    words.noEntries,
  );

function someone(id: string): Html | string {
  if (id === 'operator') return words.byToken;
  if (id === 'config') return words.byConfig;
  return /^[0-9a-f]{16,64}$/.test(id) ? shortId(id) : id;
}
