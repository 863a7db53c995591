// Faults of a stand-in that can be switched on: each applies so many times and is then off. In memory; a restart switches
// all of them off.

type Counted = { times: number };
type Set<Faults> = { [name in keyof Faults]?: Faults[name] | undefined };

export type FaultSwitches<Input, Faults> = {
  /** Switches on the named faults and leaves the others as they are. Throws a ZodError for unknown names. */
  set(faults: Input): void;
  clear(): void;
  /** The active faults, with their remaining times. */
  state(): Faults;
  /** The fault if it is active and `applies`; counts this as one of its times. */
  take<Name extends keyof Faults>(
    name: Name,
    applies?: (fault: NonNullable<Faults[Name]>) => boolean,
  ): NonNullable<Faults[Name]> | null;
};

export function createFaultSwitches<Input, Faults extends Set<Record<string, Counted>>>(schema: {
  parse: (faults: Input) => Faults;
}): FaultSwitches<Input, Faults> {
  let active = {} as Faults;
  return {
    set(faults) {
      active = { ...active, ...schema.parse(faults) };
    },
    clear() {
      active = {} as Faults;
    },
    state: () => structuredClone(active),
    take(name, applies) {
      const fault = active[name];
      if (!fault || (applies && !applies(fault))) return null;
      const { [name]: _used, ...others } = active;
      active = (fault.times > 1 ? { ...active, [name]: { ...fault, times: fault.times - 1 } } : others) as Faults;
      return fault;
    },
  };
}
