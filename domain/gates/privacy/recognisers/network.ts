import { allIf, type Recogniser } from '#domain/gates/privacy/recogniser.ts';
import { isPersonalIpv4, isPersonalIpv6 } from './ip-address.ts';

const V4 =
  '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}';
/** What stands before a version, RFC 9110's `product/1.2.3.4` too. */
const NO_VERSION = '(?<!\\b(?:v|rv|ver|version|release|build|rev|oid)\\.?[ :=]{0,3})(?<![A-Za-z]/)';

/** Addresses of single digits, such as 1.2.3.4, are versions oftener. */
const ip4 = (digits: string, evidence: Recogniser['evidence']): Recogniser => ({
  kind: 'ip-address',
  pattern: new RegExp(
    `(?<![\\w.-])${NO_VERSION}${digits}${V4}(?!\\w|\\.\\d|-\\d)(?:/(?:3[0-2]|[12]?\\d)(?!\\d))?`,
    'gi',
  ),
  possible: ({ dots }) => dots >= 3,
  measure: allIf(isPersonalIpv4),
  evidence,
});

const ip6: Recogniser = {
  kind: 'ip-address',
  pattern:
    /(?<![\w:.])(?:[\dA-Fa-f:]{2,40}(?<=:)\d{1,3}(?:\.\d{1,3}){3}|[\dA-Fa-f:]{3,39})(?:%[\dA-Za-z]{1,15})?(?![\w:]|\.\d)/g,
  possible: ({ colons }) => colons >= 2,
  measure: allIf(isPersonalIpv6),
  evidence: 'alone',
};

const NOBODYS = /^(?:0+|f+)$/i;
const someones = allIf((matched) => !NOBODYS.test(matched.replace(/[.:-]/g, '')));

const macs: readonly Recogniser[] = [
  {
    kind: 'mac-address',
    pattern: /(?<![\w:-])[\dA-F]{2}([:-])(?:[\dA-F]{2}\1){4}[\dA-F]{2}(?![\w:-])/gi,
    possible: ({ colons, dashes }) => colons >= 5 || dashes >= 5,
    measure: someones,
    evidence: 'alone',
  },
  {
    // Without a letter it could be a number with thousands.
    kind: 'mac-address',
    pattern: /(?<![\w.-])(?=[\d.]{0,13}[A-F])[\dA-F]{4}\.[\dA-F]{4}\.[\dA-F]{4}(?![\w-]|\.\d)/gi,
    possible: ({ dots }) => dots >= 2,
    measure: someones,
    evidence: 'alone',
  },
];

/** What stands for a password in an example. */
const PLACEHOLDER = /:(?:[$<{[%*].*|x{3,}|password|pass|pwd|secret|changeme)@[^@]*$/i;

const credentials: Recogniser = {
  kind: 'url-credentials',
  pattern:
    /(?<![\w+.-])[a-z][a-z\d+.-]{1,15}:\/\/[^\s:@/?#"']{0,128}:[^\s@/?#"']{1,128}@[\w.[\]:-]{1,255}/gi,
  possible: ({ at, colons }) => at && colons >= 2,
  measure: allIf((matched) => !PLACEHOLDER.test(matched)),
  evidence: 'alone',
};

export const NETWORK: readonly Recogniser[] = [
  ip4('(?!\\d\\.\\d\\.\\d\\.\\d(?!\\d))', 'alone'),
  ip4('', 'context'),
  ip6,
  ...macs,
  credentials,
];
