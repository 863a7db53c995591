// The refusals of the fake Fly, one row each, with the source of status and words. documented: in the reference ·
// observed: seen in the field · assumed: status or words are made up.

export class FlyRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const no = (status: number) => (message: string) => new FlyRefusal(status, message);

export const refusals = {
  /** observed */
  token: () => no(401)('Authenticate: token validation error'),
  /** documented */
  noApp: (name: string) => no(404)(`Could not find App "${name}"`),
  /** assumed words */
  noMachine: () => no(404)('machine not found'),
  noVolume: (id: string) => no(404)(`volume not found: ${id}`),
  noAddress: (ip: string) => no(404)(`Could not find IP address "${ip}"`),
  noOrganisation: (slug: string) => no(404)(`Could not find Organization "${slug}"`),
  noLease: () => no(404)('lease not found'),
  noMetadata: (key: string) => no(404)(`metadata key not found: ${key}`),
  /** documented status, assumed words */
  nameTaken: () => no(422)('Validation failed: Name has already been taken'),
  invalid: (problem: string) => no(422)(`Validation failed: ${problem}`),
  sharedTaken: () => no(422)('Validation failed: App already has a shared IPv4 address'),
  notJson: () => no(400)('invalid_argument: request body is not valid JSON'),
  badRequest: (problem: string) => no(400)(`invalid_argument: ${problem}`),
  notInTime: (wanted: string, state: string) =>
    no(408)(`deadline_exceeded: machine failed to reach desired state, ${wanted}, currently ${state}`),
  leaseHeld: (owner: string) => no(409)(`lease currently held by ${owner}`),
  /** observed */
  cannotStart: (state: string) =>
    no(412)(`failed_precondition: unable to start machine from current state: '${state}'`),
  noRoomWithVolume: (volume: string) =>
    no(412)(`insufficient resources to create new machine with existing volume '${volume}'`),
  noRoomForUpdate: () =>
    no(409)('aborted: could not reserve resource for machine: insufficient memory available to fulfill request'),
  noRoomForVolume: () => no(400)('no capacity'),
  quota: (org: string, region: string) =>
    no(403)(
      `organization "${org}" is using 1970176 MB of memory in ${region} which is over the allowed quota. please consider other regions`,
    ),
  notStopped: () => no(412)('failed_precondition: unable to destroy machine, not currently stopped'),
  /** assumed */
  illegal: (what: string, state: string) =>
    no(412)(`failed_precondition: unable to ${what} machine from current state: '${state}'`),
  hostGone: () => no(412)('failed_precondition: the host of the machine is not reachable'),
  volumeBusy: (volume: string, machine: string) =>
    no(412)(`failed_precondition: volume ${volume} is currently bound to machine: ${machine}`),
  volumeNotReady: (volume: string, state: string) =>
    no(412)(`failed_precondition: volume ${volume} cannot be mounted in state '${state}'`),
  noImage: (image: string) => no(400)(`failed to get manifest ${image}: MANIFEST_UNKNOWN: manifest unknown`),
  otherVersion: () => no(412)('failed_precondition: the machine has another version'),
  tooOften: () => no(429)('rate limit exceeded'),
} as const;
