import * as z from 'zod/mini';

// Backups that a machine gives away, and takes back after it lost its disk: sessions as lines, folders as tar archives.

/** A path below the session's own; no segment leads outside. '' is the session itself, others are its sub-agents. */
const subpath = z.string().check(
  z.maxLength(500),
  z.refine((path) => path === '' || path.split('/').every((part) => /^[\w@+.-]+$/.test(part) && !/^\.+$/.test(part))),
);

/** One line of a session, in the order of `position`. `entry` is the agent's own. */
export const SessionLine = z.object({
  position: z.int().check(z.minimum(1)),
  project_key: z.string().check(z.minLength(1), z.maxLength(500)),
  subpath,
  entry: z.looseObject({ type: z.string(), uuid: z.optional(z.string()) }),
});
export type SessionLine = z.infer<typeof SessionLine>;

/** Answer of `PUT /sessions/{id}`: the newest position the session has now. */
export const RestoredSession = z.object({ position: z.int().check(z.minimum(0)) });
export type RestoredSession = z.infer<typeof RestoredSession>;

/** Answer of `PUT …/snapshot`. `restored` is false if the folder wasn't empty; it stays as it is. */
export const RestoredFolder = z.object({ restored: z.boolean() });
export type RestoredFolder = z.infer<typeof RestoredFolder>;

/** Response headers of `GET /sessions/{id}`: the position of its last line, and of the newest the machine has. */
export const POSITION_HEADER = 'roost-position';
export const NEWEST_HEADER = 'roost-newest';

/** Response header of `GET …/snapshot`: the names left out of it, as a percent-encoded JSON list. */
export const LEFT_OUT_HEADER = 'roost-left-out';
/** A list that does not parse counts as none. */
export const LeftOut = z.catch(z.array(z.string().check(z.maxLength(300))).check(z.maxLength(50)), []);

/** Largest copy of a session, in bytes. */
export const SESSION_BYTES_MAX = 64 * 1024 * 1024;
/** Largest copy of a folder, in bytes. */
export const SNAPSHOT_BYTES_MAX = 100_000_000;
