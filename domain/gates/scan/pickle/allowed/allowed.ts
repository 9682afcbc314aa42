import type { Allowed, Entry } from './entry.ts';
import { NUMERIC } from './numeric.ts';
import { STANDARD_LIBRARY } from './standard-library.ts';
import { TORCH } from './torch.ts';

const ALLOWED: ReadonlyMap<string, Entry> = merge([STANDARD_LIBRARY, NUMERIC, TORCH]);

/** What may be done with a name; none for a name that a pickle may not even mention. */
export const allowedEntry = (module: string, name: string): Entry | undefined =>
  ALLOWED.get(`${module} ${name}`);

/** Every allowed `module name`. */
export const allowedNames = (): readonly string[] => [...ALLOWED.keys()];

function merge(parts: readonly Allowed[]): ReadonlyMap<string, Entry> {
  const all = new Map<string, Entry>();
  for (const part of parts) for (const [key, entry] of Object.entries(part)) all.set(key, entry);
  return all;
}

const RENAMED_MODULES: Readonly<Record<string, string>> = {
  __builtin__: 'builtins',
  copy_reg: 'copyreg',
};
const RENAMED: Readonly<Record<string, string>> = {
  'builtins xrange': 'range',
  'builtins unicode': 'str',
  'builtins long': 'int',
};

/** The names of Python 3 for those of Python 2, which `pickle` exchanges below protocol 3. */
export function python3Name(module: string, name: string): readonly [string, string] {
  const renamed = Object.hasOwn(RENAMED_MODULES, module) ? RENAMED_MODULES[module] : undefined;
  if (renamed === undefined) return [module, name];
  return [renamed, RENAMED[`${renamed} ${name}`] ?? name];
}
