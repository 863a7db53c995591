import type { JoinHow } from '../../input/access-command.ts';
import type { Role } from '../../input/roles.ts';
import type { Standing } from './access-row.ts';

// Access, as homes and the directory talk about it.

/** A person who changes somebody's access: the id of their home, or `operator`. */
export type Actor = { id: string; role: Role };
/** `op`: names the change, so that a repeat changes nothing. `isSelf`: the person changes themself. */
export type Changer = Actor & { isSelf: boolean; op?: string | null };

/** The directory's answer for the person. A button stands for words. `asked`: admins were asked something.
 * `join`: it asks whether this conversation and that of the code become one, and `how`. */
export type Said = {
  text: string;
  buttons?: readonly { title: string; says: string }[];
  asked?: boolean;
  join?: string;
  how?: JoinHow;
};

/** A person, as admins see them. `masked`: the end of an address. */
export type PersonEntry = { id: string; name: string | null; role: Role; standing: Standing; masked: string };

/** Why an admin's change is refused. */
export type ChangeRefusal = 'owner-fixed' | 'needs-owner' | 'self' | 'not-blocked' | 'not-locked' | 'any-turn';
export type Changed = { outcome: 'changed' | 'same' | ChangeRefusal; person: PersonEntry };
