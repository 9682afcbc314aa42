import type { Target } from './target.ts';
import { COMPRESSION } from './targets/compression.ts';
import { DOCUMENTS } from './targets/documents.ts';
import { MODEL_FILES } from './targets/model-files.ts';

/** Every parser that strangers' bytes reach. */
export const TARGETS: readonly Target[] = [...MODEL_FILES, ...COMPRESSION, ...DOCUMENTS];

export function targetOf(name: string): Target {
  const target = TARGETS.find((each) => each.name === name);
  if (target !== undefined) return target;
  const known = TARGETS.map((each) => each.name).join(', ');
  throw new RangeError(`no parser is called "${name}"; expected one of ${known}`);
}
