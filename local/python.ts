import { pythonEnvironment } from './environment.ts';
import { run } from './run.ts';

/** MiniStack's `Requires-Python`. */
const OLDEST: Version = [3, 10, 0];

export type Version = readonly [major: number, minor: number, patch: number];

export interface Python {
  readonly command: string;
  /** Absolute path of the interpreter behind the command. */
  readonly executable: string;
  readonly version: Version;
  /** Whether it can make a virtual environment; Debian packs that separately. */
  readonly makesVenv: boolean;
}

/** Runs on every Python there is, 2 included, so that an old one can be told from none. */
const INTROSPECTION = `import sys
try:
    import ensurepip, venv
    makes = 'venv'
except ImportError:
    makes = 'no-venv'
sys.stdout.write('%d.%d.%d %s %s' % (tuple(sys.version_info[:3]) + (makes, sys.executable)))`;

/**
 * The first Python that can carry the local cloud, of PYTHON, python3.13 … python3.10, python3
 * and python.
 *
 * @throws Error that lists what was found and says what to install.
 */
export async function findPython(
  commands: readonly string[] = pythonCommands(process.env.PYTHON),
): Promise<Python> {
  const found: Python[] = [];
  for (const command of commands) {
    const { code, output } = await run(command, ['-c', INTROSPECTION], {
      env: pythonEnvironment(),
      timeoutMs: 10_000,
    });
    const python = code === 0 ? parsePython(command, output) : undefined;
    if (!python) continue;
    if (isNewEnough(python.version) && python.makesVenv) return python;
    found.push(python);
  }
  throw new Error(explainNoPython(found));
}

export function pythonCommands(preferred: string | undefined): string[] {
  const known = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3', 'python'];
  return preferred ? [preferred, ...known] : known;
}

/** Reads what the introspection prints; undefined when it is something else. */
export function parsePython(command: string, output: string): Python | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+) (venv|no-venv) (.+)$/m.exec(output.trim());
  if (!match) return undefined;
  const [, major, minor, patch, makes, executable = command] = match;
  return {
    command,
    executable,
    version: [Number(major), Number(minor), Number(patch)],
    makesVenv: makes === 'venv',
  };
}

export function isNewEnough(version: Version): boolean {
  const [major, minor] = version;
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Says why none of `found` will do, and the remedy that is nearest. */
export function explainNoPython(found: readonly Python[]): string {
  const seen = [...new Map(found.map((python) => [python.executable, python])).values()];
  const bare = seen.find((python) => isNewEnough(python.version));
  if (bare) {
    const [major, minor] = bare.version;
    return (
      `${bare.executable} (Python ${bare.version.join('.')}) cannot make virtual environments: ` +
      `its venv or ensurepip is missing; on Debian and Ubuntu: ` +
      `sudo apt-get install python${major}.${minor}-venv`
    );
  }
  const list = seen.map((python) => `${python.version.join('.')} at ${python.executable}`);
  return (
    `the local cloud needs Python 3.10 or newer, found ${list.join(', ') || 'none'}; ` +
    'install one (Debian, Ubuntu: sudo apt-get install python3 python3-venv; ' +
    'macOS: brew install python@3.13) or set PYTHON to its path'
  );
}
