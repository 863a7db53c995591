import { accessTexts } from './access.ts';
import { alertTexts } from './alerts.ts';
import { archiveTexts } from './archive.ts';
import { carrierTexts } from './carrier.ts';
import { choiceTexts } from './choices.ts';
import { connectionTexts } from './connections.ts';
import { deepTexts } from './deep.ts';
import { diffPageTexts } from './diff-page.ts';
import { fileTexts } from './files.ts';
import { gitTexts } from './git.ts';
import { explainGivenUp } from './given-up.ts';
import { helpTexts, welcomeTexts } from './help.ts';
import { inboundTexts } from './inbound.ts';
import { linkTexts } from './links.ts';
import { machineTexts } from './machines.ts';
import { mergeTexts } from './merging.ts';
import { operatedTexts } from './operated.ts';
import { pageTexts } from './page.ts';
import { personTexts } from './persons.ts';
import { privacyTexts } from './privacy.ts';
import { projectTexts } from './projects.ts';
import { pullTexts } from './pull-requests.ts';
import { questionTexts } from './questions.ts';
import { reachTexts } from './reach.ts';
import { scheduleAnswerTexts } from './schedule-answers.ts';
import { formatRefusal } from './schedule-refusals.ts';
import { deliveryTexts } from './schedule-runs.ts';
import { scheduleTexts } from './schedules.ts';
import { senderMoveTexts } from './sender-move.ts';
import { spendingTexts } from './spending.ts';
import { statusTexts } from './status.ts';
import { turnTexts } from './turns.ts';
import { zoneTexts } from './zones.ts';

// Every sentence that Roost itself says to a person, by subject.

export const texts = {
  ...turnTexts,
  ...carrierTexts,
  access: accessTexts,
  alerts: alertTexts,
  archive: archiveTexts,
  choices: choiceTexts,
  deep: deepTexts,
  deliveries: deliveryTexts,
  diffPage: diffPageTexts,
  files: fileTexts,
  git: gitTexts,
  givenUp: explainGivenUp,
  help: helpTexts,
  inbound: inboundTexts,
  links: linkTexts,
  machines: machineTexts,
  merging: mergeTexts,
  operated: operatedTexts,
  senderMove: senderMoveTexts,
  page: pageTexts,
  persons: personTexts,
  connections: connectionTexts,
  privacy: privacyTexts,
  projects: projectTexts,
  pulls: pullTexts,
  questions: questionTexts,
  reach: reachTexts,
  scheduleAnswers: scheduleAnswerTexts,
  scheduleRefusal: formatRefusal,
  schedules: scheduleTexts,
  spending: spendingTexts,
  status: statusTexts,
  welcome: welcomeTexts,
  zones: zoneTexts,
} as const;
