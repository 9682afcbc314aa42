import type { Card } from './card.ts';
import { escapeHtml } from './escape-html.ts';

/** The card as one HTML page that needs nothing else: no script, no font, no address to load. */
export const cardHtml = (card: Card): string =>
  [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escapeHtml(card.model)} ${escapeHtml(card.version)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    `<h1>${escapeHtml(card.model)} ${escapeHtml(card.version)}</h1>`,
    ...(card.description === undefined ? [] : [`<p>${escapeHtml(card.description)}</p>`]),
    table('What it is', ['', ''], factsOf(card)),
    table(
      'Inputs and outputs',
      ['Tensor', 'Datatype', 'Shape'],
      [
        ...card.io.inputs.map((tensor) => tensorRow('in', tensor)),
        ...card.io.outputs.map((tensor) => tensorRow('out', tensor)),
      ],
    ),
    table(
      'Data',
      ['Use', 'Name', 'SHA-256'],
      card.datasets.map(({ use, name, version, sha256 }) => [
        use,
        version === undefined ? name : `${name} ${version}`,
        sha256 ?? '',
      ]),
    ),
    table(
      'Measured by the gates',
      ['Metric', 'Value', 'Rows'],
      card.metrics.map(({ type, value, slice }) => [type, shown(value), slice ?? 'all']),
    ),
    table(
      'Claimed by the submitter',
      ['Metric', 'Value'],
      Object.entries(card.claimedMetrics ?? {}).map(([name, value]) => [name, shown(value)]),
    ),
    ...card.gates.map(({ gate, verdict, checks }) =>
      table(
        `Gate ${gate}: ${verdict}`,
        ['Check', 'Verdict', 'Observed', 'Threshold', 'Reason'],
        checks.map((check) => [
          check.where === undefined ? check.id : `${check.id} (${check.where})`,
          check.verdict,
          json(check.observed),
          json(check.threshold),
          check.message,
        ]),
      ),
    ),
    '</body>',
    '</html>',
    '',
  ]
    .filter((line) => line !== '')
    .join('\n');

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}' +
  'table{border-collapse:collapse;width:100%;margin-bottom:2rem}caption{font-weight:600;text-align:left}' +
  'th,td{border-bottom:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}';

const factsOf = (card: Card): string[][] =>
  [
    ['Tenant', card.tenant],
    ['Digest', card.digest],
    ['Registered', `${card.registeredAt} by ${card.submitter}`],
    ['Format', `${card.format}, ${card.bytes} bytes`],
    ['Task', card.task ?? ''],
    ['Risk', card.risk ?? ''],
    ['Policy', card.policyHash],
    ['Parents', (card.lineage?.parents ?? []).join(', ')],
    ['Algorithm', card.lineage?.config?.algorithm ?? ''],
    ...Object.entries(card.tags ?? {}).map(([name, value]) => [`Tag ${name}`, value]),
  ].filter(([, value]) => value !== '');

const tensorRow = (
  way: 'in' | 'out',
  tensor: { readonly name: string; readonly datatype: string; readonly shape: readonly number[] },
): string[] => [
  `${way} ${tensor.name}`,
  tensor.datatype,
  tensor.shape.map((size) => (size === -1 ? '?' : String(size))).join(' × '),
];

function table(
  caption: string,
  headers: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return '';
  const head = headers.every((header) => header === '')
    ? ''
    : `<thead><tr>${headers.map((header) => `<th scope="col">${escapeHtml(header)}</th>`).join('')}</tr></thead>`;
  const body = rows
    .map((cells) => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`)
    .join('\n');
  return `<table>\n<caption>${escapeHtml(caption)}</caption>\n${head}<tbody>\n${body}\n</tbody>\n</table>`;
}

const json = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'number' ? shown(value) : JSON.stringify(value);

/** Four significant digits, and whole numbers whole. */
const shown = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
