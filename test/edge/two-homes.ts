import { env } from 'cloudflare:workers';
import { useHomes } from './homes.ts';
import { Person } from './person.ts';
import { stubOf, vars } from './relay.ts';

// Two people who become one, for test/edge: their beginning, the younger one's belongings, their agreement, and the
// belongings of the elder one in the end.

export const idOf = ({ address }: Person): string => stubOf(address).id.toString();
export const stepOf = async (person: Person): Promise<string | null> => {
  const [row] = await person.rows<{ step: string | null }>(`SELECT merging ->> 'step' AS step FROM conversation`);
  return row?.step ?? null;
};

export const SESSION = '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10';

export const keysOf = async (bucket: R2Bucket): Promise<string[]> =>
  (await bucket.list()).objects.map(({ key }) => key);

/** Whether the younger home has become a signpost. */
export const hasLeft = async (person: Person): Promise<boolean> =>
  (await person.rows('SELECT 1 FROM conversation')).length === 0;

/** Each object of the bucket: its key, its content and its metadata. */
const objectsOf = (bucket: R2Bucket): Promise<unknown[]> =>
  keysOf(bucket).then((keys) =>
    Promise.all(
      keys.map(async (key) => {
        const object = await bucket.get(key);
        return [key, await object?.text(), object?.customMetadata];
      }),
    ),
  );

/** The rows of both objects and the backups in the end. */
export async function endOf([ada, ben]: [Person, Person]): Promise<unknown> {
  const [main] = await ada.rows<{ id: string }>(`SELECT id FROM projects WHERE label = 'main 2'`);
  const named = (text: string): string =>
    text.replaceAll(idOf(ada), 'ADA').replaceAll(idOf(ben), 'BEN').replaceAll(`${main?.id}`, 'MAIN');
  return JSON.parse(
    named(
      JSON.stringify({
        projects: (await ada.rows('SELECT label, session_id FROM projects ORDER BY label')).map((row) =>
          Object.values(row),
        ),
        archives: (await ada.rows(`SELECT kind, id, journal FROM archives WHERE journal = 'merged' ORDER BY kind`)).map(
          (row) => Object.values(row),
        ),
        schedules: (await ada.rows('SELECT id, prompt, project, state FROM schedules')).map((row) =>
          Object.values(row),
        ),
        due: await ada.rows(`SELECT ref FROM timers WHERE kind = 'schedule'`),
        grants: await ada.rows('SELECT rule FROM grants'),
        texts: (
          await ada.rows(
            `SELECT text FROM messages WHERE text LIKE '%chartreuse%' OR text LIKE 'during%' ORDER BY text`,
          )
        ).map(({ text }) => text),
        answers: (await ada.rows(`SELECT body FROM replies WHERE kind = 'answer'`)).map(({ body }) => body),
        backups: await objectsOf(env.ARCHIVE),
        left: await ben.rows(
          'SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM replies) + (SELECT count(*) FROM projects) + (SELECT count(*) FROM archives) + (SELECT count(*) FROM grants) AS rows',
        ),
        audit: (await env.DIRECTORY.getByName('directory').audit(null)).map(({ action }) => action),
        people: (await env.DIRECTORY.getByName('directory').people(0)).map(({ id }) => id),
      }),
    ),
  );
}

export const END = {
  projects: [
    ['Shop', null],
    ['Shop 2', null],
    ['main', null],
    ['main 2', SESSION],
  ],
  archives: [
    ['project', 'MAIN', 'merged'],
    ['session', SESSION, 'merged'],
  ],
  schedules: [[1, 'water the plants', 'MAIN', 'active']],
  due: [{ ref: '1' }],
  grants: [],
  texts: ['remember chartreuse'],
  answers: ['Chartreuse it is.'],
  backups: [
    ['projects/ADA/MAIN/0.tar', 'files of the day before', { etag: '"0"' }],
    ['projects/ADA/MAIN/1.tar', 'the files', { etag: '"1"' }],
    [`sessions/ADA/${SESSION}/0.jsonl`, 'the session', {}],
    [`sessions/ADA/${SESSION}/1.jsonl`, ' goes on', {}],
  ],
  left: [{ rows: 0 }],
  audit: ['merged'],
  people: ['ADA'],
};

/** People on WhatsApp, of whom two become one. */
export function useTwoHomes() {
  const { clock, world } = useHomes();

  /** Ada began earlier than Ben. Both have a project “Shop”. */
  async function two(): Promise<[Person, Person]> {
    const people: [Person, Person] = [new Person(world), new Person(world)];
    vars.ALLOWED_SENDERS = people.map(({ address }) => address.replace('whatsapp:', '')).join(',');
    for (const person of people) {
      clock.move(1000);
      await person.says('/project new Shop');
      await person.comesToRest(clock);
    }
    return people;
  }

  /** Ben has worked in his first project: a session, backups, a long answer, a file, a reminder and an answered text. */
  async function workedIn(ben: Person): Promise<{ page: string; file: string; early: Record<string, string> }> {
    await hears(ben, '/project main', 'main');
    const early = await ben.says('remember chartreuse');
    await ben.answered(0, 'Chartreuse it is.');
    await ben.says('/remind in 3 hours water the plants');
    await ben.runs(clock, () => ben.bodies().some((body) => body.includes('water the plants')));
    const id = idOf(ben);
    const [page, file] = ['01ARZ3NDEKTSV4RRFFQ69G5FAV', '01ARZ3NDEKTSV4RRFFQ69G5FAW'];
    for (const query of [
      `UPDATE projects SET session_id = '${SESSION}' WHERE id = 'main'`,
      `INSERT INTO sessions VALUES ('${SESSION}', 'main', 'chartreuse', 1, 1)`,
      `INSERT OR REPLACE INTO archives VALUES ('project', 'main', 'JOURNAL1', 0, 9, 1, NULL, NULL), ('session', '${SESSION}', 'JOURNAL1', 2, 9, 1, NULL, NULL), ('person', '', 'JOURNAL1', 0, 9, 1, NULL, NULL)`,
      `INSERT INTO pages VALUES ('${page}', 'All about chartreuse.', 1, ${Date.now()})`,
      `INSERT INTO grants VALUES ('main', 'Bash(rm:*)', 1, 'allow')`,
    ])
      await ben.rows(query);
    await ben.evicted();
    for (const [n, words] of ['files of the day before', 'the files'].entries())
      await env.ARCHIVE.put(`projects/${id}/main/${n}.tar`, words, { customMetadata: { etag: `"${n}"` } });
    for (const [n, words] of ['the session', ' goes on'].entries())
      await env.ARCHIVE.put(`sessions/${id}/${SESSION}/${n}.jsonl`, words);
    await env.ARCHIVE.put(`people/${id}/000000000000001.tar`, 'what is remembered');
    await env.MEDIA.put(`outgoing/${id}/${file}`, 'a file', { httpMetadata: { contentType: 'text/plain' } });
    return { page, file, early };
  }

  async function hears(person: Person, text: string, words: string): Promise<string> {
    const had = person.got().length;
    await person.says(text);
    const find = (): string | undefined =>
      person
        .bodies()
        .slice(had)
        .find((body) => body.includes(words));
    await person.runs(clock, () => find() !== undefined);
    return find() ?? '';
  }

  /** Moves both homes on until the condition holds. */
  async function both(
    people: [Person, Person],
    condition: () => boolean | Promise<boolean>,
    stepMs = 1000,
  ): Promise<void> {
    await world.outside.until(async () => {
      if (await condition()) return true;
      for (const person of people) await person.ring().catch(() => undefined);
      clock.move(stepMs);
      return false;
    });
  }

  const told = (person: Person): string[] =>
    person.bodies().filter((body) => body.startsWith('The two conversations are'));

  /** `texter` texts the code of `maker`, and says yes. */
  async function agree(maker: Person, texter: Person): Promise<void> {
    const code = /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(await hears(maker, '/link', 'LINK '))?.[0] ?? '';
    await hears(texter, `LINK ${code}`, 'Shall I merge the two conversations?');
    await texter.says('yes');
  }

  /** Until the younger home is emptied, and both have heard of it. */
  const finished = (people: [Person, Person]): Promise<void> =>
    both(
      people,
      async () => (await stepOf(people[1])) === 'leave' && people.every((person) => told(person).length === 1),
    );

  return { clock, world, two, workedIn, hears, both, agree, finished };
}
