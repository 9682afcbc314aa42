import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Table } from '#domain/gates/table.ts';
import type { Check } from '#domain/gates/verdict.ts';
import { checkOf, type Found, reasonFor, silentNames } from './found.ts';
import { PII_KINDS, SECRET_KINDS } from './kinds.ts';
import { scanTable } from './pii-column.ts';
import type { PrivacyPolicy } from './policy.ts';
import { scanText } from './scan-text.ts';

/** A text that a parser found in an artifact or its metadata; never raw weights. */
interface NamedText {
  /** File and field: `model.onnx: producer_name`. */
  readonly where: string;
  /** Key that the text stands under, which counts as words beside it. */
  readonly name?: string;
  readonly text: string;
}

export interface PrivacyEvidence {
  readonly trainingSamples: Measured<Table>;
  readonly predictions: Measured<Table>;
  readonly texts: readonly NamedText[];
  readonly policy: PrivacyPolicy;
}

/**
 * Judges the first training samples, the first predictions and the artifact's texts. One
 * summary each, and one check more for each kind that was found where; values are never told.
 */
export function judgePrivacy({ policy, texts, ...evidence }: PrivacyEvidence): Check[] {
  return [
    ...judgeRows('training-samples', evidence.trainingSamples, policy.trainingSamples, policy),
    ...judgeRows('predictions', evidence.predictions, policy.predictions, policy),
    ...judgeTexts(texts, policy),
  ];
}

const REMEDIES = {
  'training-samples': 'name the training data in the lineage',
  predictions: 'give the model an evaluation set or golden cases',
};

function judgeRows(
  source: keyof typeof REMEDIES,
  measured: Measured<Table>,
  first: number,
  policy: PrivacyPolicy,
): Check[] {
  const id = `privacy.${source}`;
  if (!measured.ok) return [{ id, verdict: measured.verdict, message: measured.reason }];
  const rows = Math.min(first, measured.value.rows.length);
  const subject = source.replace('-', ' ');
  const columns = scanTable(measured.value, first);
  if (columns.every(({ cells }) => cells === 0)) {
    const message = `there are no ${subject} to look at; ${REMEDIES[source]}`;
    return [{ id, verdict: 'inconclusive', observed: { rows }, message }];
  }
  const findings = columns.flatMap((column) => column.findings());
  const sizes = { rows, columns: columns.length };
  const checked = `${rows} ${subject} in ${columns.length} columns`;
  return conclude(id, sizes, checked, findings, policy, silentNames(columns));
}

function judgeTexts(texts: readonly NamedText[], policy: PrivacyPolicy): Check[] {
  const findings = texts.flatMap(({ where, name, text }, index): Found[] => {
    const kinds = scanText(text, name).map(({ kind }) => kind);
    const column = scanText(where).length > 0 ? `text ${index + 1}` : where;
    return PII_KINDS.map((kind) => ({
      column,
      kind,
      hits: kinds.filter((each) => each === kind).length,
    })).filter(({ hits }) => hits > 0);
  });
  const checked = `${texts.length} texts of the artifact and its metadata`;
  return conclude('privacy.artifact', { texts: texts.length }, checked, findings, policy, '');
}

/** A violation is a finding that the policy does not allow; secrets are never few enough. */
function conclude(
  id: string,
  sizes: Readonly<Record<string, number>>,
  checked: string,
  findings: readonly Found[],
  policy: PrivacyPolicy,
  note: string,
): Check[] {
  const against = findings.filter((each) => !reasonFor(each, policy));
  const violations = hitsOf(against);
  const allowed = hitsOf(findings) - violations;
  const fails =
    violations > policy.maxViolations || against.some(({ kind }) => SECRET_KINDS.has(kind));
  const summary: Check = {
    id,
    verdict: fails ? 'fail' : 'pass',
    observed: { ...sizes, violations, allowed, blocked: fails ? 1 : 0 },
    threshold: { maxViolations: policy.maxViolations },
    message: `${checked}: ${violations} violations, ${allowed} findings that the policy allows${fails ? '; the release stops here' : ''}${note}`,
  };
  return [summary, ...findings.map((each) => checkOf(id, each, policy, !fails))];
}

const hitsOf = (findings: readonly Found[]): number =>
  findings.reduce((sum, { hits }) => sum + hits, 0);
