import { FormatError } from './format-error.ts';
import { python3Name } from './pickle/allowed/allowed.ts';
import { isNotorious } from './pickle/dangerous.ts';
import type { PickleReport } from './pickle/report.ts';
import { scanNpy } from './pickle/scan-npy.ts';
import { scanPickle } from './pickle/scan-pickle.ts';
import { Findings, type Member, type Reading, type Scan } from './reading.ts';

const REMEDY = 'convert the model to ONNX or safetensors, which "assay convert" does';

/** Judges a pickle by what loading it would call; by policy even a harmless one is kept apart. */
export async function readPickle(member: Member, scan: Scan): Promise<Reading> {
  const { where, source, references = 'none' } = member;
  const report = await scanPickle(source, { where, references });
  return { format: 'pickle', ...judged(report, member, scan) };
}

/** Judges a NumPy array, which holds a pickle when its items are objects. */
export async function readNpy(member: Member, scan: Scan): Promise<Reading> {
  const report = await scanNpy(member.source, { where: member.where });
  if (report.pickles > 0 || report.findings.length > 0) {
    return { format: 'NumPy array', ...judged(report, member, scan) };
  }
  const findings = new Findings(member);
  findings.pass('npy.layout', 'numbers or texts that fill the file exactly');
  return { format: 'NumPy array', checks: findings.checks, parsed: report.coverage.parsed };
}

/**
 * Judges a file without a signature as a pickle of protocol 0 or 1, whose opcodes are letters;
 * undefined for what only begins like one: it names nothing that Python could import, or ends
 * before it calls anything.
 * @throws FormatError inconclusive for what ends so after it has named something notorious.
 */
export async function readOldPickle(member: Member, scan: Scan): Promise<Reading | undefined> {
  const { calls, globals, pickles, coverage } = await scanPickle(member.source);
  const whole = pickles > 0 && coverage.parsed === coverage.present;
  const names = globals.some(({ module, name }) => NAME.test(module) && NAME.test(name));
  const isPickle = whole || (names && (pickles > 0 || calls.length > 0));
  if (isPickle) return readPickle(member, scan);
  const named = globals.find((each) => isNotorious(...python3Name(each.module, each.name)));
  if (named === undefined) return undefined;
  throw new FormatError(
    'pickle.truncated',
    'inconclusive',
    `begins like a pickle that names ${named.module}.${named.name}, and breaks off before it calls anything; leave the file out, or begin it with other words`,
    coverage.parsed,
  );
}

const NAME = /^[\p{L}_][\p{L}\p{N}_.]*$/u;

function judged(
  { findings: found, coverage, storages }: PickleReport,
  member: Member,
  { policy }: Scan,
): Pick<Reading, 'checks' | 'parsed' | 'storages'> {
  const findings = new Findings(member);
  if (found.length === 0 && policy.pickle === 'quarantine') {
    findings.undecided(
      'pickle.quarantined',
      `a pickle, in which nothing dangerous was found; the policy admits none: ${REMEDY}`,
    );
  } else if (found.length === 0) {
    findings.pass('pickle', 'a pickle that calls only what is allowed');
  }
  return {
    checks: [...findings.checks, ...found],
    parsed: coverage.parsed,
    storages: new Map(storages.map(({ key, bytes }) => [key, bytes])),
  };
}
