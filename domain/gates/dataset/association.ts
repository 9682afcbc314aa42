/**
 * Areas under the ROC curve of one score for each class against the others, by mid-ranks
 * (Mann–Whitney), ties counting half. Undefined where a class or its others have fewer rows than
 * `fewest`. Rows whose score is NaN do not count.
 *
 * @param classes index of each row's class, below `count`
 */
export function rankAucs(
  scores: Float64Array,
  classes: Int32Array,
  count: number,
  fewest = 1,
): (number | undefined)[] {
  const ascending = scores.filter((score) => !Number.isNaN(score)).sort();
  const rankSums = new Float64Array(count);
  const sizes = new Uint32Array(count);
  scores.forEach((score, row) => {
    if (Number.isNaN(score)) return;
    const label = classes[row] as number;
    const midRank = (below(ascending, score) + upTo(ascending, score) + 1) / 2;
    rankSums[label] = (rankSums[label] as number) + midRank;
    sizes[label] = (sizes[label] as number) + 1;
  });
  return Array.from(rankSums, (rankSum, label) => {
    const mine = sizes[label] as number;
    const others = ascending.length - mine;
    if (mine < fewest || others < fewest) return undefined;
    return (rankSum - (mine * (mine + 1)) / 2) / (mine * others);
  });
}

/**
 * What a category says about a target: its mean among the rows of the other half with the same
 * code, and that half's overall mean where the code is not among them. Nothing is scored by its
 * own target, so that a category of few rows, or an identifier, says nothing. NaN is a code, too.
 *
 * @param halves 0 or 1 for each row
 */
export function crossFitted(
  codes: Float64Array,
  target: Float64Array,
  halves: Uint8Array,
): Float64Array {
  const ids = new Map<number, number>();
  const idOf = Uint32Array.from(codes, (code) => {
    const id = ids.get(code) ?? ids.size;
    if (id === ids.size) ids.set(code, id);
    return id;
  });
  const sums = new Float64Array(2 * ids.size);
  const rows = new Uint32Array(2 * ids.size);
  const [sum, size] = [new Float64Array(2), new Uint32Array(2)];
  target.forEach((value, row) => {
    const half = halves[row] as number;
    const at = 2 * (idOf[row] as number) + half;
    sums[at] = (sums[at] as number) + value;
    rows[at] = (rows[at] as number) + 1;
    sum[half] = (sum[half] as number) + value;
    size[half] = (size[half] as number) + 1;
  });
  return Float64Array.from(idOf, (id, row) => {
    const other = 1 - (halves[row] as number);
    const at = 2 * id + other;
    if ((rows[at] as number) > 0) return (sums[at] as number) / (rows[at] as number);
    return (sum[other] as number) / Math.max(1, size[other] as number);
  });
}

/**
 * Of the pairs of rows whose labels differ, the share that a score puts in the same order, ties
 * counting half (Harrell's C; of two classes, the area under the ROC curve). Undefined without
 * such a pair. Rows whose score is NaN do not count.
 *
 * @param labels none of them NaN; sorted once for all scores
 */
export function concordanceWith(labels: Float64Array): Concordance {
  const byLabel = Uint32Array.from(labels.keys()).sort(
    (a, b) => (labels[a] as number) - (labels[b] as number),
  );
  return (scores) => {
    const rows = byLabel.filter((row) => !Number.isNaN(scores[row]));
    const ascending = Float64Array.from(rows, (row) => scores[row] as number).sort();
    const first = rows.map((row) => below(ascending, scores[row] as number));
    const after = rows.map((row) => upTo(ascending, scores[row] as number));
    const label = (at: number): number => labels[rows[at] as number] as number;
    const seen = new FenwickTree(rows.length);
    let pairs = 0;
    let concordant = 0;
    for (let start = 0; start < rows.length; ) {
      let end = start;
      for (; end < rows.length && label(end) === label(start); end++) {
        concordant += (seen.before(first[end] as number) + seen.before(after[end] as number)) / 2;
      }
      pairs += (end - start) * start;
      while (start < end) seen.add(first[start++] as number);
    }
    return pairs === 0 ? undefined : concordant / pairs;
  };
}

type Concordance = (scores: Float64Array) => number | undefined;

/** Counts by position, with the sum of any prefix in logarithmic time (Fenwick 1994). */
class FenwickTree {
  readonly #sums: Uint32Array;

  constructor(size: number) {
    this.#sums = new Uint32Array(size + 1);
  }

  add(position: number): void {
    for (let i = position + 1; i < this.#sums.length; i += i & -i) {
      this.#sums[i] = (this.#sums[i] as number) + 1;
    }
  }

  before(position: number): number {
    let sum = 0;
    for (let i = position; i > 0; i -= i & -i) sum += this.#sums[i] as number;
    return sum;
  }
}

/** How many of the sorted values are less than `value`. */
function below(ascending: Float64Array, value: number): number {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ascending[middle] as number) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** How many of the sorted values are at most `value`. */
function upTo(ascending: Float64Array, value: number): number {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ascending[middle] as number) <= value) from = middle + 1;
    else to = middle;
  }
  return from;
}
