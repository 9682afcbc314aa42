import { type CancellationReason, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { PredictionProfile } from '#domain/gates/performance/reference-profile.ts';
import { hourOf } from '#domain/monitoring/capture/seen.ts';
import type { Truth } from '#domain/monitoring/truth/truth.ts';
import type { TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import { type Digest, digestStart } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { Decision } from '#domain/serving/decision.ts';
import { itemsOf } from './metrics-items.ts';
import { type Added, KEPT_SECONDS } from './outcomes.ts';
import { type StoredSum, StoredTruths } from './stored-truths.ts';
import { type Action, addFresh, firstOfEach, REFUSED, wholeNumber } from './sum-transaction.ts';
import { sumTruths, sumWrites } from './truth-writes.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** What came true of an answer, with the decision on it. */
export interface LateTruth {
  readonly decision: Decision & { readonly answered: string };
  readonly truth: Truth;
}

/**
 * Each writes a marker, a sum and at most five sums of groups: 56 of a transaction's 100. At their
 * fullest a sum has 280 kB and one of a group 36, which makes 3.7 of its 4 MB.
 */
const TOGETHER = 8;

/** Writers of one item cancel each other's transactions; each transaction writes one of so many. */
const SHARDS = 8;
/** They wait 3.9 s at most between them. */
const PATIENCE = { attempts: 8, pauseMs: 800 };
/** For all truths of a post: RecordOutcomes has 10 s, and takes 3 before them at most. */
const PATIENCE_MS = 5_000;

/** Labels that a version was judged on, by the start of its digest. */
type OwnLabelsOf = (answered: string) => ReadonlySet<string>;

const NO_LABELS: OwnLabelsOf = () => new Set();

type Known = Map<string, ReadonlyMap<string, ReadonlySet<string>>>;

/**
 * What came true of answers, summed by version, hour and group; each unit of a version counts once
 * in an hour. Hours are those of the answers, however late the truth is.
 */
export class Truths {
  readonly #table: string;
  readonly #client: DynamoDBDocumentClient;
  readonly #clock: () => number;

  constructor(table: string, client = new DynamoDBClient({}), clock = Date.now) {
    this.#table = table;
    this.#client = DynamoDBDocumentClient.from(client, {
      unmarshallOptions: { wrapNumbers: wholeNumber },
    });
    this.#clock = clock;
  }

  /**
   * Adds truths of one model's answers; the same ones again are repeated. Some may be added where
   * it throws.
   * @throws Error when other writers stay in the way; it may be tried again.
   */
  async add(
    model: Model,
    truths: readonly LateTruth[],
    own: OwnLabelsOf = NO_LABELS,
  ): Promise<Added> {
    const first = firstOfEach(truths, ({ decision }) => unitKey(decision));
    const added = new Set<LateTruth>();
    const until = this.#clock() + PATIENCE_MS;
    for (let start = 0; start < first.length; start += TOGETHER) {
      const together = first.slice(start, start + TOGETHER);
      for (const one of await this.#addTogether(model, together, until, own)) added.add(one);
    }
    return truths.map((one) => (added.has(one) ? 'accepted' : 'repeated'));
  }

  /**
   * By hour, where anything came true.
   * @param predictions of the version's profile, which says what probabilities are of and which class
   *   is favourable: without it there are none of either
   */
  async of(
    model: Model,
    digest: Digest,
    fromHour: number,
    toHourExclusive: number,
    predictions?: PredictionProfile,
  ): Promise<ReadonlyMap<number, TruthSums>> {
    const stored = new StoredTruths();
    const version = digestStart(digest);
    const items = itemsOf<StoredSum>(this.#client, this.#table, 'SK BETWEEN :from AND :to', {
      ':pk': partition(model),
      ':from': hourPrefix(version, fromHour),
      ':to': hourPrefix(version, toHourExclusive),
    });
    for await (const item of items) stored.add(item);
    return stored.sums(predictions);
  }

  /** Those that were not there yet. */
  async #addTogether(
    model: Model,
    truths: readonly LateTruth[],
    until: number,
    own: OwnLabelsOf,
  ): Promise<readonly LateTruth[]> {
    const shard = Number.parseInt(truths[0]?.decision.unit.slice(0, 8) ?? '0', 16) % SHARDS;
    const known: Known = new Map();
    return addFresh(
      this.#client,
      `truths of ${model.model}`,
      truths,
      (left) => {
        const { writes, sums } = this.#writes(model, left, { shard, known, own });
        return { writes, learn: (reasons) => learn(known, sums, reasons) };
      },
      { ...PATIENCE, isOver: () => this.#clock() >= until },
    );
  }

  /** The markers first, in the order of `truths`; `sums` has the places of sums after them. */
  #writes(
    model: Model,
    truths: readonly LateTruth[],
    { shard, known, own }: { shard: number; known: Known; own: OwnLabelsOf },
  ) {
    const PK = partition(model);
    const expiresAt = Math.floor(this.#clock() / 1000) + KEPT_SECONDS;
    const writes: Action[] = truths.map(({ decision }) => ({
      Put: {
        TableName: this.#table,
        Item: { PK, SK: unitKey(decision), expiresAt },
        ConditionExpression: 'attribute_not_exists(PK)',
      },
    }));
    const sums = new Map<number, string>();
    for (const [SK, { answered, of }] of bySum(truths, shard)) {
      const place = { table: this.#table, PK, SK, expiresAt };
      sums.set(writes.length, SK);
      writes.push(...sumWrites(place, sumTruths(of, known.get(SK), own(answered))));
    }
    return { writes, sums };
  }
}

function bySum(truths: readonly LateTruth[], shard: number) {
  const sums = new Map<string, { readonly answered: string; readonly of: Truth[] }>();
  for (const { decision, truth } of truths) {
    const { answered, at } = decision;
    const SK = `${hourPrefix(answered, hourOf(at))}#${truth.kind}#${shard}`;
    const sum = sums.get(SK) ?? { answered, of: [] };
    sum.of.push(truth);
    sums.set(SK, sum);
  }
  return sums;
}

/** Takes over what refused sums keep apart; says whether there were any. */
function learn(
  known: Known,
  sums: ReadonlyMap<number, string>,
  reasons: readonly CancellationReason[],
): boolean {
  let full = false;
  for (const [at, SK] of sums) {
    const { Code, Item = {} } = reasons[at] ?? {};
    if (Code !== REFUSED) continue;
    full = true;
    const sets = Object.entries(Item).flatMap(([name, { SS }]) =>
      SS ? [[name, new Set(SS)] as const] : [],
    );
    known.set(SK, new Map(sets));
  }
  return full;
}

const partition = ({ tenant, model }: Model): string => `T#${tenant}#G#${model}`;

const hourPrefix = (version: string, hour: number): string =>
  `S#${version}#${String(hour).padStart(10, '0')}`;

const unitKey = ({ answered, at, unit }: LateTruth['decision']): string =>
  `U#${answered}#${String(hourOf(at)).padStart(10, '0')}#${unit}`;
