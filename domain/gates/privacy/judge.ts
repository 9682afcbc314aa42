import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Table } from '#domain/gates/table.ts';
import type { Check } from '#domain/gates/verdict.ts';
import { checkOf, type Found, reasonFor, silentNames } from './found.ts';
import type { NamedText } from './found-texts.ts';
import { PII_KINDS, SECRET_KINDS } from './kinds.ts';
import { scanTable } from './pii-column.ts';
import type { PrivacyPolicy } from './policy.ts';
import { scanText } from './scan-text.ts';

export interface PrivacyEvidence {
  readonly trainingSamples: Measured<Table>;
  readonly predictions: Measured<Table>;
  /** Rows that the artifact is judged on, where it brings some. */
  readonly evaluationSamples?: Measured<Table>;
  readonly texts: readonly NamedText[];
  /** Texts that were not looked at, and why. */
  readonly unread: readonly string[];
  readonly policy: PrivacyPolicy;
}

/** Findings told one by one; the summary counts all. */
const LISTED = 200;

/**
 * Judges the first training and evaluation samples, the first predictions and the artifact's
 * texts. One summary each, and one check more for each kind that was found where; values are
 * never told.
 */
export function judgePrivacy({ policy, texts, unread, ...evidence }: PrivacyEvidence): Check[] {
  const { trainingSamples, evaluationSamples, predictions } = evidence;
  return [
    ...judgeRows('training-samples', trainingSamples, policy.trainingSamples, policy),
    ...(evaluationSamples
      ? judgeRows('evaluation-samples', evaluationSamples, policy.trainingSamples, policy)
      : []),
    ...judgeRows('predictions', predictions, policy.predictions, policy),
    ...judgeTexts(texts, policy),
    ...judgeUnread(unread),
  ];
}

const REMEDIES = {
  'training-samples': 'add "training" to the manifest',
  'evaluation-samples': 'add rows below its header',
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

/** A text that nobody looked at may say anything. */
function judgeUnread(unread: readonly string[]): Check[] {
  if (unread.length === 0) return [];
  const [first] = unread;
  const more = unread.length > 1 ? ` (and ${unread.length - 1} more)` : '';
  const message = `not looked at: ${first}${more}; make it smaller or leave it out of the artifact`;
  return [{ id: 'privacy.unread', verdict: 'inconclusive', observed: unread.length, message }];
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
  const listed = findings.slice(0, LISTED).map((each) => checkOf(id, each, policy, !fails));
  return [summary, ...listed];
}

const hitsOf = (findings: readonly Found[]): number =>
  findings.reduce((sum, { hits }) => sum + hits, 0);
