import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The order of the files: first the rings that wait for processes, the longest files of each first, so that no long file is
// left to run alone at the end; then the rings whose files share a worker, which must stay together.

/** Files that take more than 15 s on two quiet cores, longest first. Others run in the order of vitest, which knows their last time. */
const LONG = [
  'journeys/fly-gaps',
  'journeys/npm-start',
  'vm/restart',
  'vm/cut-turns',
  'scripts/deploy',
  'scripts/setup',
  'vm/steer-and-stop',
  'faults/schedules',
  'vm/actions-cut',
  'vm/escapes',
  'journeys/fly',
  'journeys/standup',
  'journeys/fly-loss',
  'browser/phone',
  'journeys/npm-start-fly',
  'journeys/carrier-away',
  'vm/instructions',
  'vm/actions',
  'vm/project-setup',
  'faults/real-agent',
].map((name) => `test/${name}.test.ts`);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      if (!project.config.isolate) return LONG.length + 1;
      const at = LONG.findIndex((path) => moduleId.endsWith(path));
      return at < 0 ? LONG.length : at;
    };
    const ranks = new Map(files.map((file) => [file, rank(file)]));
    // The sort is stable: equal ranks keep the order of vitest.
    return (await super.sort(files)).sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
  }
}
