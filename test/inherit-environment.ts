/** All that a process of a test gets from the environment of this one: where programs are, and what Node has compiled already. */
export function inheritEnvironment(): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? { PATH } : { PATH, NODE_COMPILE_CACHE };
}
