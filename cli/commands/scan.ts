import { Command } from 'commander';
import { DEFAULT_SCAN_POLICY } from '#domain/gates/scan/policy.ts';
import { type ScanReport, scanArtifact } from '#domain/gates/scan/scan-artifact.ts';
import { worst } from '#domain/gates/verdict.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';
import type { Act, Context } from '../context.ts';
import { type ExitCode, VERDICT_EXIT } from '../exit-codes.ts';
import { documented } from '../help.ts';
import { scanView } from '../render/scan.ts';
import { filesToScan } from '../scan-file.ts';

interface Options {
  readonly allowPickle?: boolean;
}

export const scanCommand = (act: Act): Command =>
  documented(
    new Command('scan')
      .description('judge what loading model files would do, without loading them')
      .argument('<path...>', 'files, and folders with all they hold; links are not followed')
      .option('--allow-pickle', 'let a pickle pass in which nothing dangerous is found')
      .action(act(scan)),
    ['scan ./model', 'scan model.pt --allow-pickle', 'scan downloads --json | jq .verdict'],
  );

async function scan(
  { out }: Context,
  paths: readonly string[],
  { allowPickle = false }: Options,
): Promise<ExitCode> {
  const { files, others } = await filesToScan(paths);
  const pickle = allowPickle ? 'judge' : DEFAULT_SCAN_POLICY.pickle;
  const scanned = await scanArtifact(files, {
    policy: { ...DEFAULT_SCAN_POLICY, pickle },
    decompressors: NODE_DECOMPRESSORS,
  });
  const checks = [...others, ...scanned.checks];
  const verdict = worst(checks.map((check) => check.verdict));
  const report: ScanReport = { ...scanned, verdict, checks };
  out.result(report, scanView);
  return VERDICT_EXIT[verdict];
}
