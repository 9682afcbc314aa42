/** Three digits that matter: `0.213`, `12.3`, `1,234`. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return count(Math.round(value));
  if (size > 0 && size < 0.001) return value > 0 ? '< 0.001' : '> −0.001';
  return signed(String(Number(value.toPrecision(3))));
}

/** A p-value: `0.034`, `2e-12`. */
export const chanceOf = (p: number): string =>
  p >= 0.001 ? figure(p) : p === 0 ? '0' : p.toExponential(0).replace('e-', 'e−');

/** `12.3 %`; with a sign where it is a difference. */
export const percent = (share: number): string => {
  const of = 100 * share;
  const size = Math.abs(of);
  if (size > 0 && size < 0.01) return of > 0 ? '< 0.01 %' : '> −0.01 %';
  return `${signed(String(Number(of.toFixed(size < 1 ? 2 : 1))))} %`;
};

/** A distance of two shares. */
export const points = (share: number): string => percent(share).replace(' %', ' points');

/** `1,234,567`. */
export const count = (value: number): string =>
  signed(String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ','));

/** `2.1 ×`. */
export const times = (ratio: number): string => `${figure(ratio)} ×`;

const signed = (digits: string): string => digits.replace(/^-/, '−');

/** `2026-11-21 18:00 UTC` of ISO 8601; of anything else, itself. */
export const utc = (iso: string): string =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : iso;

/** The middle is left out: names may be as long as their makers please, and begin alike. */
export function cut(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const end = Math.floor(most / 2);
  return [...characters.slice(0, most - end - 1), '…', ...characters.slice(-end)].join('');
}
