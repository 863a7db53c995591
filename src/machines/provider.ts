// Where a conversation's machine is. One provider for now: one address for everybody (a local process, or a server of
// one's own). A provider knows addresses; what is said to a machine is client.ts.

export type Machine = { url: string; audience: string };

export type MachineProvider = { address(conversation: string): Machine };
