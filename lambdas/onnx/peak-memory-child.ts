import type { PeakMemoryAnswer, PeakMemoryQuestion } from './peak-memory-protocol.ts';
import { peakResidentMiB } from './peak-resident.ts';
import { openSession, refusal } from './session.ts';

/** After its first run ONNX Runtime lays tensors out by a memory pattern, which may take more. */
const RUNS = 3;
const KIB_PER_MIB = 1024;

/** Entry of the process that `peakMemory` forks: answers one question and ends. */
process.once('message', (question: PeakMemoryQuestion) => {
  void measure(question).then((answer) => process.send?.(answer));
});

async function measure({
  modelPath,
  feeds,
  wanted,
}: PeakMemoryQuestion): Promise<PeakMemoryAnswer> {
  const beforeMiB = peakMiB();
  const session = await openSession(modelPath);
  if (!session.ok) return session;
  try {
    const call = session.value.prepare(feeds, wanted);
    for (let run = 0; run < RUNS; run++) await call();
  } catch (error) {
    return { ok: false, reason: refusal('does not run', error) };
  }
  return { ok: true, peakMiB: peakMiB() - beforeMiB };
}

/** Where there is no /proc, what the system counts from the start of the process. */
const peakMiB = (): number =>
  peakResidentMiB(process.pid) ?? process.resourceUsage().maxRSS / KIB_PER_MIB;
