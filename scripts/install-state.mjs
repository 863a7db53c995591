// Decides whether the installed packages match the lockfile and whether this Node is new enough. Pure. Plain JavaScript
// for Node 20, because it runs before anything is installed.

/**
 * What one person downloads on Linux x64, measured with an empty npm cache; update it when a big package changes.
 * `forTests`: with the tools that only tests and checks use, such as a browser.
 */
export const downloadMb = (forTests) => (forTests ? 550 : 345);

/** Only these scripts need the development packages of package.json; the others run without them. */
export const isTestScript = (script) => /^(?:test|bench)\/|^scripts\/(?:test|check)\.ts$/.test(script);

/** True once the development packages were installed: they then stay installed. */
export const hasTestPackages = (installed) => Object.values(installed?.packages ?? {}).some(({ dev }) => dev === true);

/** Linux x64 with glibc is where the install brings its own Node. */
export function bringsNode(system) {
  return system.platform === 'linux' && system.arch === 'x64' && system.libc === 'glibc';
}

/** A sentence when this system cannot run Roost with the present Node, otherwise undefined. */
export function nodeProblem(system) {
  const [major = 0] = system.node.split('.').map(Number);
  if (system.platform === 'win32') return "Roost doesn't run on Windows directly. Run it in WSL 2 (Ubuntu).";
  if (bringsNode(system)) {
    if (major >= 20) return undefined;
    return `Roost needs Node 20 or newer to install, and this is ${system.node}. Install Node 24 from https://nodejs.org and run the command again.`;
  }
  if (major === 24 || major >= 26) return undefined;
  const how =
    system.platform === 'darwin' ? '`brew install node@24 && brew link --overwrite node@24`' : '`nvm install 24`';
  return `Roost needs Node 24 on this system (${system.platform} ${system.arch}), and this is ${system.node}. Run ${how} or download it from https://nodejs.org, then run the command again.`;
}

/**
 * Packages npm installs here: those that are not optional, and the optional ones made for this system. Those for
 * development only for tests.
 */
function wantedHere(entry, system, forTests) {
  if (!forTests && (entry.dev || entry.devOptional)) return false;
  if (!entry.optional) return true;
  if (!entry.os && !entry.cpu) return false;
  const fits = (list, value) => !list || list.includes(value);
  return fits(entry.os, system.platform) && fits(entry.cpu, system.arch) && fits(entry.libc, system.libc);
}

/**
 * The reason why `npm ci` has to run, or undefined. `installed` is npm's own record of the packages in node_modules; npm
 * writes it last, so an interrupted install has none.
 */
export function installProblem(lock, installed, system, forTests) {
  if (!installed) return 'nothing is installed yet, or an earlier install was interrupted';
  const different = Object.entries(lock.packages)
    .filter(([path, entry]) => path.includes('node_modules/') && wantedHere(entry, system, forTests))
    .filter(([path, entry]) => !entry.link && installed.packages[path]?.version !== entry.version)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
  if (different.length === 0) return undefined;
  const named = different.slice(0, 3).join(', ');
  return `the installed versions differ from package-lock.json (${named}${different.length > 3 ? ', …' : ''})`;
}
