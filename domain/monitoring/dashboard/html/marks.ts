import { html, type Markup } from '#domain/monitoring/report/html/markup.ts';

/** Of a mark, as the drawing is stretched to the room that there is. */
interface Half {
  readonly across: number;
  readonly down: number;
}

type Shape = (half: Half) => string;

const dot: Shape = () => 'h0';
const plus: Shape = ({ across: x, down: y }) => `m${-x} 0h${2 * x}m${-x} ${-y}v${2 * y}`;
const triangle: Shape = ({ across: x, down: y }) => `m${-x} ${y}h${2 * x}l${-x} ${-2 * y}z`;
const cross: Shape = ({ across: x, down: y }) =>
  `m${-x} ${-y}l${2 * x} ${2 * y}m0 ${-2 * y}l${-2 * x} ${2 * y}`;
const square: Shape = ({ across: x, down: y }) => `m${-x} ${-y}h${2 * x}v${2 * y}h${-2 * x}z`;
const diamond: Shape = ({ across: x, down: y }) => `m${-x} 0l${x} ${-y}l${x} ${y}l${-x} ${y}z`;
const overturned: Shape = ({ across: x, down: y }) => `m${-x} ${-y}h${2 * x}l${-x} ${2 * y}z`;

/** A ring is a dot with a hole. */
const RING = 1;
/** By the look of a line: they tell lines apart without colour. */
const SHAPES: readonly Shape[] = [dot, dot, plus, triangle, cross, square, diamond, overturned];

/** At places `x y`; a line of no look has small dots. */
export function marks(places: readonly string[], look: number | undefined, half: Half): Markup {
  const shape = SHAPES[look ?? 0] ?? dot;
  const path = places.map((place) => `M${place}${shape(half)}`).join('');
  if (look === undefined) return html`<path class="mk rest" d="${path}"/>`;
  const mark = html`<path class="mk s${look} l${look}" d="${path}"/>`;
  return look === RING ? html`${mark}<path class="mk hole" d="${path}"/>` : mark;
}
