import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { parseModelRef, type VersionRef } from './model-ref.ts';

/**
 * The version that `model[@version]` names: the latest one of the model unless it says which.
 * @throws Failure for a model without versions.
 */
export async function namedVersion({ api }: Context, text: string): Promise<VersionRef> {
  const { model, version } = parseModelRef(text);
  if (version !== undefined) return { model, version };
  const versions = await (await api()).versions(model);
  const [latest] = versions.sort((a, b) => b.ordinal - a.ordinal);
  if (latest) return { model, version: latest.version };
  throw new Failure(`${model} has no version yet; register one with "assay register DIR"`, {
    exit: EXIT.error,
  });
}
