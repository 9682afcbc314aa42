import { join } from 'node:path';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { type EvaluationSet, evaluationSet } from '#domain/gates/evaluation-set.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import { readPredictions } from '#domain/gates/performance/predictions.ts';
import { judgeRobustness, robustnessEvidence } from '#domain/gates/robustness/judge.ts';
import { measureRobustness as measure } from '#domain/gates/robustness/measure.ts';
import type { Ask } from '#domain/gates/robustness/subject.ts';
import { env } from '../env.ts';
import { fetchFiles } from '../fetch-files.ts';
import { evaluate } from '../onnx/evaluate.ts';
import { type OnnxSession, openSession } from '../onnx/session.ts';
import { withScratchDirectory } from '../scratch-directory.ts';
import { gateEntry, type Judge } from './gate.ts';
import { judgingRows } from './judging-rows.ts';
import { modelFiles } from './model-files.ts';

/** The function has 10 minutes: a batch may overrun the end, and the result is still written. */
const BUDGET_MS = 9 * 60_000;

interface Ports {
  readonly artifacts: Pick<ArtifactBucket, 'open' | 'read'>;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/**
 * Gate: what the version answers when its judging rows are noisy, incomplete, moved by an
 * adversary, or carry rare values.
 */
export const measureRobustness =
  ({ artifacts, now }: Ports): Judge =>
  async (subject): Promise<Judgement> => {
    const end = now() + BUDGET_MS;
    const { record, policy, release } = subject;
    const { io, entrypoint } = record.manifest;
    const judging = await judgingRows(artifacts, subject);
    if (!judging.ok) return undecided(judging);
    const set = evaluationSet(io, judging.value.evaluation, judging.value.table);
    if (!set.ok) return undecided(set);
    return withScratchDirectory(async (directory) => {
      const [mismatch] = await fetchFiles(artifacts, modelFiles(record), directory);
      if (mismatch) {
        const { path, got, expected } = mismatch;
        const reason = `${path} changed since registration: got ${got}, expected ${expected}; upload the files again under a new version`;
        return undecided({ ok: false, verdict: 'fail', reason });
      }
      const session = await openSession(join(directory, entrypoint));
      if (!session.ok) return undecided(session);
      try {
        const ask = askUntil(end, session.value, set.value, now);
        // From the digest, so that a repeated judgement draws the same rows and noise.
        const seed = Number.parseInt(release.digest.slice(0, 8), 16);
        const found = await measure(io, set.value, ask, policy.robustness, seed);
        if (!found.ok) return undecided(found);
        return {
          checks: judgeRobustness(found.value, policy.robustness),
          evidence: { seed, ...robustnessEvidence(found.value) },
        };
      } finally {
        await session.value.close();
      }
    });
  };

/** Answers until the time is over, and from then on that it is. */
const askUntil =
  (end: number, session: OnnxSession, set: EvaluationSet, now: () => number): Ask =>
  async (feeds, rows) => {
    const budgetMs = end - now();
    if (budgetMs <= 0) return { ok: false, verdict: 'inconclusive', reason: TOO_SLOW };
    const answers = await evaluate(session, { ...set, feeds, rows }, { budgetMs, now });
    return answers.ok ? readPredictions(set.plan, answers.value) : answers;
  };

const TOO_SLOW = `perturbed rows were not answered within ${BUDGET_MS / 60_000} minutes; make the model faster or its inputs fewer`;

const undecided = ({ verdict, reason }: Extract<Measured<unknown>, { ok: false }>): Judgement => ({
  checks: [{ id: 'robustness.evaluation', verdict, message: reason }],
});

export const handler = gateEntry('robustness', () =>
  measureRobustness({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    now: () => performance.now(),
  }),
);
