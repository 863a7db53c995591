/** A value that is made when it is first needed. What most requests never need stays out of the Worker's start. */
export function makeOnce<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
