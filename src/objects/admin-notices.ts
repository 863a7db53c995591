import { sendersOf } from '../channels/registry.ts';
import type { Config } from '../config/config.ts';
import type { PersonEntry } from '../conversation/state/wishes.ts';
import { isAtLeast } from '../input/roles.ts';
import { reasonOf, report } from '../log.ts';
import type { ConversationStub } from './namespaces.ts';
import { operatorAddressesOf } from './operator-alerts.ts';
import type { Notice } from './received-calls.ts';
import type { Person } from './stores/access-store.ts';

// Tells admins something, each in their own conversation, and gives them buttons to answer with.

const ADMINS_TOLD = 20;

export type AdminNotice = Omit<Notice, 'address' | 'sender'>;
type Tell = (notice: AdminNotice) => Promise<void>;

type Homes = {
  home: (id: string) => ConversationStub;
  find: (address: string) => Promise<{ address: string; object: ConversationStub }>;
};
type Index = {
  admins: (most: number) => Pick<Person, 'id'>[];
  putPerson: (entry: PersonEntry, now: number) => unknown;
};

/**
 * How to tell each admin: those of the configuration by their address, others by their home, which knows their role.
 * `except`: the id of an admin who isn't told.
 */
export async function findAdmins(
  { find, home }: Homes,
  index: Index,
  config: Config,
  except: string | null = null,
): Promise<Tell[]> {
  const sender = sendersOf(config)[0] ?? '';
  const listed = operatorAddressesOf(config.ADMIN_SENDERS, sendersOf(config)).map(async (operator) => {
    const { address, object } = await find(operator.address);
    const entry = await object.entry();
    const tell: Tell = async (notice) => object.notify({ ...notice, address, sender: operator.sender });
    // An admin who has never written is one by the configuration alone.
    return entry === null || (mayAnswer(entry) && entry.id !== except) ? [tell] : [];
  });
  const asked = index.admins(ADMINS_TOLD).map(async ({ id }) => {
    const entry = await home(id).entry();
    if (entry) index.putPerson(entry, Date.now());
    return entry && mayAnswer(entry) && id !== except ? [id] : [];
  });
  // A notice has one id, so an admin who is listed and in the index gets it once.
  const others = (await settled(asked)).map(
    (id): Tell =>
      async (notice) =>
        home(id).notify({ ...notice, address: '', sender }),
  );
  return [...(await settled(listed)), ...others];
}

/** What was found; an admin whose object doesn't answer stops no other. */
async function settled<T>(found: readonly Promise<T[]>[]): Promise<T[]> {
  const results = await Promise.allSettled(found);
  for (const result of results)
    if (result.status === 'rejected')
      report({ level: 'warn', event: 'admin-not-asked', reason: reasonOf(result.reason) });
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

/** Whether this person acts as an admin now. */
export const mayAnswer = ({ role, standing }: PersonEntry): boolean => isAtLeast(role, 'admin') && standing === 'in';

/** Whether alerts for operators go to this person of ADMIN_SENDERS: an admin may have blocked them or changed their role. */
export const mayHear = ({ role, standing }: PersonEntry): boolean => isAtLeast(role, 'admin') && standing !== 'blocked';

/** An admin who can't be told stops no other. */
export async function tellAdmins(admins: readonly Tell[], notice: AdminNotice): Promise<void> {
  for (const result of await Promise.allSettled(admins.map((tell) => tell(notice)))) {
    if (result.status === 'rejected')
      report({ level: 'warn', event: 'admin-not-asked', reason: reasonOf(result.reason) });
  }
}
