import { scanText } from '#domain/gates/privacy/scan-text.ts';

/**
 * Prints how the time of `scanText` grows when a text of repeated pieces gets eight times as long:
 * linear work grows eightfold, quadratic work 64-fold. `npx tsx bench/pii-growth.ts`.
 */

/** Pieces that patterns begin with or repeat. */
const PIECES = [
  'a 1 A1 a. 1. 1- 1: f: :: @ a@ a@b. a:b@ _ - % [ Ä a- ff. abcd. 1.1. 1/1/ + (1 00 0x f 3',
  'eyJ eyJa. eyJaaaaaaaa.aa. bc1q AKIA gh ghp_ xox sk_live_ L< ://a: a:// http://a 4-',
]
  .join(' ')
  .split(' ')
  .concat(['9 ', '+1 ', 'x ', ' 0', 'A ', '12 a ', '1 a', 'jan ', 'ul. ', 'calle ', '1 1', '4111 '])
  .concat(['DE89 3704 ', '2 95 10 ', '-----BEGIN ', 'a b ', '12 Main ', '\n', ' ']);

const SHORT = 2_000;
const GROWTH = 8;
/** Below this a clock measures itself. */
const NOISE_MS = 0.25;

function growth(work: (text: string) => unknown, piece: string): number {
  const [short = 0, long = 0] = [SHORT, SHORT * GROWTH].map((length) => {
    const text = piece.repeat(Math.ceil(length / piece.length));
    return Math.min(...[1, 2, 3, 4, 5].map(() => elapsedMs(() => work(text))));
  });
  return long / (short + NOISE_MS);
}

function elapsedMs(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const measured = PIECES.map((piece) => ({ piece, growth: growth(scanText, piece) }));
const worst = measured.sort((a, b) => b.growth - a.growth).slice(0, 5);
console.log('| repeated | growth at eight times the length |');
console.log('|---|---:|');
for (const { piece, growth: times } of worst) {
  console.log(`| ${JSON.stringify(piece)} | ${times.toFixed(1)} |`);
}
const quadratic = growth((text) => /a+b/.test(text), 'a');
console.log(`| for contrast, a quadratic pattern | ${quadratic.toFixed(1)} |`);
