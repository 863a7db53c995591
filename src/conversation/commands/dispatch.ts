import type { Command } from '../../input/command.ts';
import { findMisspelt } from '../../input/nearest-name.ts';
import { texts } from '../../texts/index.ts';
import { findNewestPage, readsOfMore, sendPageParts } from '../outbox/answer-replies.ts';
import { enqueue, sendNotice } from '../outbox/replies.ts';
import { QUEUE_MODES } from '../policy/policy.ts';
import { onApprovals, readsOfApprovals } from '../questions/approvals.ts';
import { onVerdict } from '../questions/consent-verdict.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { Read } from '../state/reads.ts';
import type { State } from '../state/state.ts';
import { queueModeOf } from '../turn/queue.ts';
import { findMessagesToRetry, readsOfRetry, retryFailed } from '../turn/retry.ts';
import { stopAll } from '../turn/stop.ts';
import { onAdminCommand, onLock, onPair, onPin, onUnlock } from './access.ts';
import { onBudget } from './budget.ts';
import { onComment } from './comment.ts';
import { onCost } from './cost.ts';
import { onDeep, onEnd } from './deep-work.ts';
import { onExport } from './export.ts';
import { onForget } from './forget.ts';
import { onGitHub } from './github.ts';
import { onHelp } from './help.ts';
import { onLink, onUnlink } from './link.ts';
import { onMe } from './me.ts';
import { onOperator } from './operator.ts';
import { onAssistant, onModel } from './preferences.ts';
import { onProject, readsOfProject } from './projects.ts';
import { onPull, onPullView, onWatch, readsOfPullCommand } from './pull-requests.ts';
import { onQuiet } from './quiet-hours.ts';
import { onReach } from './reach.ts';
import { onScheduleCommand, readsOfScheduleCommand } from './schedules.ts';
import { explainUndoRefusal, onNew, onSessions, readOfSessions, readsOfUndo } from './sessions.ts';
import { statusOf } from './status.ts';
import { onTimezone, readsOfTimezone } from './timezone.ts';

// The commands that the relay answers itself, at once, even while a turn runs. The command's own message is already
// settled.

export function readsOfCommand({ name, rest }: Command): Read[] {
  switch (name) {
    case 'project':
      return readsOfProject(rest);
    case 'sessions':
      return [readOfSessions(rest)];
    case 'undo':
      return readsOfUndo();
    case 'status':
      return [...readsOfRetry(), { rows: 'schedules' }];
    case 'retry':
    case 'budget':
      return readsOfRetry();
    case 'more':
      return readsOfMore();
    case 'approvals':
      return readsOfApprovals();
    case 'pr':
      return readsOfPullCommand();
    case 'timezone':
      return readsOfTimezone();
    case 'schedule':
    case 'remind':
    case 'standup':
    case 'schedules':
    case 'pause':
    case 'resume':
    case 'skip':
    case 'cancel':
    case 'run':
      return readsOfScheduleCommand({ name, rest });
    default:
      return [];
  }
}

export function onCommand(state: State, { name, rest }: Command, ctx: Context): Decision {
  const say = (text: string, next = state): Decision => noEffects(enqueue(next, 'notice', [text], ctx));
  switch (name) {
    case 'project':
      return onProject(state, rest, ctx);
    case 'github':
      return onGitHub(state, rest, ctx);
    case 'new':
      return onNew(state, ctx);
    case 'sessions':
      return onSessions(state, rest, ctx);
    case 'undo':
      // Undoing a turn is the machine’s work and does not come here (inbound/command-message.ts).
      return say(explainUndoRefusal(state));
    case 'model':
      return onModel(state, rest, ctx);
    case 'assistant':
      return onAssistant(state, rest, ctx);
    case 'help':
      return onHelp(state, rest, ctx);
    case 'status':
      return noEffects(
        sendNotice(state, texts.status.report(statusOf(state, findMessagesToRetry(state).length, ctx)), ctx),
      );
    case 'me':
      return onMe(state, ctx);
    case 'stop':
      return stopAll(state, rest, ctx);
    case 'retry':
      return retryFailed(state, ctx);
    case 'more':
      return onMore(state, ctx);
    case 'queue':
      return onQueue(state, rest.toLowerCase(), ctx);
    case 'deep':
      return onDeep(state, ctx);
    case 'end':
      return onEnd(state, ctx);
    case 'btw':
      return rest === '' ? say(texts.deep.asideUse) : noEffects(state);
    case 'approve':
      return onVerdict(state, 'allow', rest, ctx);
    case 'deny':
      return onVerdict(state, 'deny', rest, ctx);
    case 'approvals':
      return onApprovals(state, rest, ctx);
    case 'pr':
      return onPull(state, rest, ctx);
    case 'checks':
    case 'diff':
      return onPullView(state, name, rest, ctx);
    case 'comment':
      return onComment(state, rest, ctx);
    case 'watch':
    case 'unwatch':
      return onWatch(state, name, rest, ctx);
    case 'timezone':
      return onTimezone(state, rest, ctx, onCommand);
    case 'reach':
      return onReach(state, rest, ctx);
    case 'quiet':
      return onQuiet(state, rest, ctx);
    case 'files':
      return say(texts.files.use);
    case 'cost':
      return onCost(state, rest.toLowerCase(), ctx);
    case 'budget':
      return onBudget(state, rest, ctx);
    case 'export':
      return onExport(state, rest, ctx);
    case 'forget':
      return noEffects(onForget(state, rest, ctx));
    case 'nokey':
      return say(texts.inbound.nokeyUse);
    case 'lock':
      return onLock(state, rest, ctx);
    case 'unlock':
      return onUnlock(state, rest, ctx);
    case 'pair':
      return onPair(state, rest, ctx);
    case 'link':
      return onLink(state, rest, ctx);
    case 'unlink':
      return onUnlink(state, rest, ctx);
    case 'users':
    case 'invite':
    case 'block':
    case 'unblock':
    case 'role':
      return onAdminCommand(state, name, rest, ctx);
    case 'operator':
      return onOperator(state, rest, ctx);
    case 'pin':
      return onPin(state, rest, ctx);
    case 'schedule':
    case 'remind':
    case 'standup':
    case 'schedules':
    case 'pause':
    case 'resume':
    case 'skip':
    case 'cancel':
    case 'run':
      return onScheduleCommand(state, { name, rest }, ctx);
    case 'verbose': {
      if (rest === '') return say(texts.verboseIs(state.conversation.verbose));
      const verbose = rest.toLowerCase() === 'on';
      if (!verbose && rest.toLowerCase() !== 'off') return say(texts.verboseUse);
      return say(texts.verbose(verbose), { ...state, conversation: { ...state.conversation, verbose } });
    }
  }
}

function onMore(state: State, ctx: Context): Decision {
  const page = findNewestPage(state);
  const sent = page ? sendPageParts(state, page, ctx) : null;
  return noEffects(sent ?? enqueue(state, 'notice', [texts.nothingMore], ctx));
}

function onQueue(state: State, word: string, ctx: Context): Decision {
  const chosen = QUEUE_MODES.find((mode) => mode === word);
  if (!chosen && word !== '')
    return noEffects(enqueue(state, 'notice', [texts.queueUse(findMisspelt(word, QUEUE_MODES))], ctx));
  if (!chosen) return noEffects(enqueue(state, 'notice', [texts.queueModeIs(queueModeOf(state, ctx.policy))], ctx));
  const next = { ...state, conversation: { ...state.conversation, queueMode: chosen } };
  return noEffects(enqueue(next, 'notice', [texts.queueMode(chosen)], ctx));
}
