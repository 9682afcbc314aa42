import { allIf, type Recogniser } from '#domain/gates/privacy/recogniser.ts';
import { base64UrlText } from './base64-url.ts';

const possible: Recogniser['possible'] = ({ length, letters }) => length >= 16 && letters >= 3;

/** RFC 7515: the header is a JSON object that names its algorithm. */
const isJwt = (matched: string): boolean =>
  /^\s*\{.*"alg"\s*:/s.test(base64UrlText(matched.slice(0, matched.indexOf('.'))));

const HEX = /^[\da-f]+$/i;
/** Of 40 random characters of 64, some are of each sort; a path or a word has not all. */
const isRandom = (matched: string): boolean =>
  !HEX.test(matched) && /[a-z]/.test(matched) && /[A-Z]/.test(matched) && /\d/.test(matched);

/** Prefixes by which issuers mark their tokens: GitHub, GitLab, Slack, Google, Stripe, npm, PyPI, Hugging Face. */
const TOKENS = [
  'gh[pousr]_[A-Za-z\\d]{36,255}',
  'github_pat_\\w{60,100}',
  'glpat-[\\w-]{20,40}',
  'xox[abeprs]-[\\dA-Za-z-]{10,250}',
  'AIza[\\w-]{35}',
  '[rs]k_live_[\\dA-Za-z]{16,120}',
  'npm_[A-Za-z\\d]{36}',
  'pypi-AgEIcHlwaS5vcmc[\\w-]{50,250}',
  'hf_[A-Za-z]{34}',
];

export const SECRETS: readonly Recogniser[] = [
  {
    kind: 'aws-access-key',
    pattern: /(?<![A-Za-z\d])(?:AKIA|ASIA|ABIA|ACCA|AIDA|AROA)[A-Z\d]{16}(?![A-Za-z\d])/g,
    possible,
    evidence: 'alone',
  },
  {
    kind: 'aws-secret-key',
    pattern: /(?<![A-Za-z\d/+=])[A-Za-z\d/+]{40}(?![A-Za-z\d/+=])/g,
    possible,
    measure: allIf(isRandom),
    evidence: 'context',
  },
  {
    kind: 'api-key',
    pattern: new RegExp(`(?<![\\w-])(?:${TOKENS.join('|')})(?![\\w-])`, 'g'),
    possible,
    evidence: 'alone',
  },
  {
    kind: 'private-key',
    pattern: /-----BEGIN (?:[A-Z\d]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g,
    possible: ({ dashes }) => dashes >= 10,
    evidence: 'alone',
  },
  {
    kind: 'jwt',
    pattern: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{2,}\.[\w-]*/g,
    possible,
    measure: allIf(isJwt),
    evidence: 'alone',
  },
];
