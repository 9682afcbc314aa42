import { DEFAULT_SCAN_POLICY } from '#domain/gates/scan/policy.ts';
import { scanArtifact } from '#domain/gates/scan/scan-artifact.ts';
import { type Check, type Verdict, worst } from '#domain/gates/verdict.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';
import { filesToScan } from '../../cli/scan-file.ts';

export interface Ours {
  readonly verdict: Verdict;
  /** What kept the sample from passing. */
  readonly against: readonly Check[];
}

/** What `assay scan` says of a file or folder, with the default policy or with pickles judged. */
export async function ours(path: string, pickle: 'quarantine' | 'judge'): Promise<Ours> {
  const { files, others } = await filesToScan([path]);
  const { checks } = await scanArtifact(files, {
    policy: { ...DEFAULT_SCAN_POLICY, pickle },
    decompressors: NODE_DECOMPRESSORS,
  });
  const against = [...others, ...checks].filter(({ verdict }) => verdict !== 'pass');
  return { verdict: worst([...others, ...checks].map(({ verdict }) => verdict)), against };
}
