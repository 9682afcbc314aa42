/**
 * Records in the shape that `PyPI/all.zip` of OSV has, written by hand after the schema
 * (https://ossf.github.io/osv-schema/). Packages named `sample-*` do not exist; the record about
 * torch states public facts of CVE-2025-32434 in its own words.
 */

/** From the GitHub advisory database: CVSS 4 vector, rating, one range. */
export const TORCH = {
  schema_version: '1.6.0',
  id: 'GHSA-53q9-r3pm-6pq6',
  modified: '2025-05-28T00:00:00Z',
  published: '2025-04-18T15:25:05Z',
  aliases: ['CVE-2025-32434'],
  summary: 'torch.load runs code of a file even with weights_only=True',
  details: 'Loading a checkpoint that an attacker wrote runs code.',
  severity: [
    { type: 'CVSS_V4', score: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N' },
  ],
  affected: [
    {
      package: { ecosystem: 'PyPI', name: 'torch', purl: 'pkg:pypi/torch' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.6.0' }] }],
      database_specific: { source: 'https://github.com/github/advisory-database' },
    },
  ],
  references: [{ type: 'WEB', url: 'https://example.com/' }],
  database_specific: { cwe_ids: ['CWE-502'], severity: 'CRITICAL', github_reviewed: true },
};

/** From the Python advisory database, about the same: versions listed, a commit range, no score. */
const TORCH_PYSEC = {
  id: 'PYSEC-2025-41',
  modified: '2025-06-01T00:00:00Z',
  aliases: ['CVE-2025-32434'],
  details: 'Loading a checkpoint that an attacker wrote runs code.',
  affected: [
    {
      package: { ecosystem: 'PyPI', name: 'torch', purl: 'pkg:pypi/torch' },
      ranges: [
        {
          type: 'GIT',
          repo: 'https://example.com/r',
          events: [{ introduced: '0' }, { fixed: 'ab' }],
        },
        { type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.6.0' }] },
      ],
      versions: ['2.5.0', '2.5.1'],
    },
  ],
};

/** Two branches of releases, each mended by its own release; rated, not scored. */
const BRANCHES = {
  id: 'GHSA-aaaa-aaaa-aaaa',
  modified: '2026-01-01T00:00:00Z',
  aliases: ['CVE-2026-0001'],
  summary: 'crafted input exhausts memory',
  affected: [
    {
      package: { ecosystem: 'PyPI', name: 'Sample_Branches' },
      ranges: [
        {
          type: 'ECOSYSTEM',
          events: [
            { introduced: '1.0' },
            { fixed: '1.4.2' },
            { introduced: '2.0' },
            { fixed: '2.1' },
          ],
        },
      ],
    },
  ],
  database_specific: { severity: 'MODERATE' },
};

/** Nothing mends it yet: the last affected release is the last release. */
export const UNMENDED = {
  id: 'PYSEC-2026-2',
  modified: '2026-01-01T00:00:00Z',
  affected: [
    {
      package: { ecosystem: 'PyPI', name: 'sample-unmended' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { last_affected: '3.0' }] }],
    },
  ],
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N' }],
};

/** A malicious package: each of its releases is listed, and a range covers all. */
const MALICIOUS = {
  id: 'MAL-2026-3',
  modified: '2026-01-01T00:00:00Z',
  summary: 'Malicious code in sample-malicious (PyPI)',
  affected: [
    {
      package: { ecosystem: 'PyPI', name: 'sample-malicious' },
      versions: ['0.0.1', 'not-a-version'],
    },
  ],
};

const WITHDRAWN = {
  ...BRANCHES,
  id: 'GHSA-bbbb-bbbb-bbbb',
  aliases: [],
  withdrawn: '2026-02-01T00:00:00Z',
};

/** About another ecosystem. */
const OTHER = {
  id: 'GHSA-cccc-cccc-cccc',
  modified: '2026-01-01T00:00:00Z',
  affected: [{ package: { ecosystem: 'npm', name: 'torch' }, versions: ['2.5.0'] }],
};

/** An event of no known kind: what it says about its package is unknown. */
const ODD = {
  id: 'GHSA-dddd-dddd-dddd',
  modified: '2026-01-01T00:00:00Z',
  affected: [
    {
      package: { ecosystem: 'PyPI', name: 'sample-odd' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ begins: '0' }] }],
    },
  ],
};

export const RECORDS: readonly unknown[] = [
  TORCH,
  TORCH_PYSEC,
  BRANCHES,
  UNMENDED,
  MALICIOUS,
  WITHDRAWN,
  OTHER,
  ODD,
];
