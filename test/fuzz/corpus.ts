import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Seed } from './target.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Larger files cost time, and have no other structure. */
const LARGEST_BYTES = 100_000;

/** The repository's own files below `folder` whose path matches, as they are now. */
export function filesBelow(folder: string, path: RegExp): Seed[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(ROOT, folder, file))
    .filter((file) => path.test(file) && statSync(file).isFile())
    .filter((file) => statSync(file).size <= LARGEST_BYTES)
    .sort()
    .map((file) => ({ name: relative(ROOT, file), bytes: new Uint8Array(readFileSync(file)) }));
}

/** Items of a JSON fixture that hold a file in base64 each. */
export function filesWithin(fixture: string, ending = '.pkl'): Seed[] {
  const items: readonly { name?: string; base64: string; kind?: string }[] = JSON.parse(
    readFileSync(join(ROOT, fixture), 'utf8'),
  );
  return items
    .map(({ name = 'mutant', base64 }, index) => ({
      name: `${name.replaceAll('/', ' ')}-${index}${ending}`,
      bytes: new Uint8Array(Buffer.from(base64, 'base64')),
    }))
    .filter(({ bytes }) => bytes.length <= LARGEST_BYTES);
}
