import { readsOfBinding } from './access/addresses.ts';
import { readsOfChange } from './access/change.ts';
import { hostEventsOf } from './access/merge.ts';
import { readsOfMergeOver } from './access/merge-stays.ts';
import { readsOfAgentEvent } from './agent-events.ts';
import { readsOfAct } from './commands/operate.ts';
import { readsOfLookedUp, readsOfThread } from './commands/projects.ts';
import { readsOfMedia } from './inbound/attachment-events.ts';
import { readsOfMessage } from './inbound/inbound-message.ts';
import { readsOfKeptText } from './inbound/locked-texts.ts';
import { readsOfArchive } from './machine/backup.ts';
import { readsOfDoubt } from './outbox/blocked-sender.ts';
import { readsOfOutbox } from './outbox/outbox.ts';
import { readsOfExpiry } from './outbox/outgoing-files.ts';
import { readsOfAnswerAgain } from './questions/answer-delivery.ts';
import { readsOfPulls } from './repositories/host-events.ts';
import { readsOfScheduleTimer } from './schedules/due.ts';
import { readsOfRun } from './schedules/fan-out.ts';
import type { Event } from './state/events.ts';
import type { Read } from './state/reads.ts';
import type { State } from './state/state.ts';
import { runOfTimer, type Timer } from './state/timers.ts';
import { readsOfRetry } from './turn/retry.ts';

// Collects the rows that a decision reads beyond the hot part of the state, from the file that handles the event. The
// cases are those of decide.ts; an event without a case reads only the hot part.

export const readsOf = (events: readonly Event[], hot: State): Read[] => [
  ...events.flatMap((e) => readsOfEvent(e, hot)),
  // They are heard when a merge is given up.
  ...(hostEventsOf(hot).length === 0 ? [] : readsOfPulls()),
];

function readsOfEvent(event: Event, hot: State): Read[] {
  switch (event.type) {
    case 'message':
      return readsOfMessage(event, hot);
    case 'thread':
      return readsOfThread(event);
    case 'machine':
      return readsOfAgentEvent(event, hot);
    case 'timer':
      return readsOfTimer(event.timer, hot);
    case 'archive':
      return readsOfArchive(event);
    case 'answer-refused':
      return readsOfAnswerAgain(event.question);
    case 'bind':
    case 'linked':
    case 'locked':
      return readsOfBinding();
    case 'access':
      return [...readsOfBinding(), ...readsOfChange(event.change)];
    case 'merge-over':
      return readsOfMergeOver();
    case 'looked-up':
      return readsOfLookedUp(event.ref);
    case 'host-said':
    case 'host-told':
      return readsOfPulls();
    case 'recipients-answered':
      return [{ rows: 'schedules' }];
    case 'operated':
      return readsOfAct(event.act);
    case 'git-permission-asked':
      return [{ rows: 'grants' }];
    case 'notify':
      return [{ rows: 'reply', id: event.id }];
    case 'run-given':
    case 'run-taken':
    case 'run-reported':
    case 'report-taken':
      return readsOfRun(event.run);
    default:
      return 'reply' in event || event.type === 'shut' ? readsOfOutbox(event, hot) : [];
  }
}

function readsOfTimer(timer: Timer, hot: State): Read[] {
  switch (timer.kind) {
    case 'answer':
      return readsOfAnswerAgain(timer.ref);
    case 'budget':
      return readsOfRetry();
    case 'doubt':
      return readsOfDoubt(timer);
    case 'expire':
      return readsOfExpiry();
    case 'media':
      return readsOfMedia(timer.ref);
    case 'schedule':
    case 'snooze':
      return readsOfScheduleTimer(timer);
    case 'git-news':
      return readsOfPulls();
    case 'kept':
      return readsOfKeptText(hot);
    case 'deliver':
    case 'report':
      return readsOfRun(runOfTimer(timer));
    default:
      return [];
  }
}
