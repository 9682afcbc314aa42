import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Subject } from '#domain/registry/subject.ts';
import {
  addScore,
  addSums,
  momentsOf,
  NO_SUMS,
  type OutcomeSums,
} from '#domain/rollout/outcome-sums.ts';
import type { Outcomes as OutcomesByArm } from '#domain/rollout/traffic.ts';
import type { Decision } from '#domain/serving/decision.ts';
import { itemsOf } from './metrics-items.ts';
import { type Action, addFresh, firstOfEach, wholeNumber } from './sum-transaction.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

/** What came of a decision. */
export interface Outcome {
  readonly decision: Decision;
  /** At most `SCORE_MAX` either way. */
  readonly score: number;
}

/** Whether each outcome was the first of its unit, in the order that they were given. */
export type Added = readonly ('accepted' | 'repeated')[];

/** A marker and a sum for each stay below the 100 writes of a transaction. */
export const MAX_OUTCOMES = 40;

/** Outcomes of older decisions are refused: the marker of their unit may have expired. */
export const KEPT_SECONDS = 90 * 24 * 3600;

/** Writers of one item cancel each other's transactions; each request writes one of so many. */
const SHARDS = 8;
/** They wait 1.5 s at most between them. */
const PATIENCE = { attempts: 5, pauseMs: 800 };

/** What came of decisions, summed by trial, generation and arm; each unit of a trial counts once. */
export class Outcomes {
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
   * Adds outcomes of one model's decisions, all or none: the same ones again are repeated.
   * @throws Error when other writers stay in the way; it may be tried again.
   */
  async add(model: Model, outcomes: readonly Outcome[]): Promise<Added> {
    const expiresAt = Math.floor(this.#clock() / 1000) + KEPT_SECONDS;
    const added = await addFresh(
      this.#client,
      `outcomes of ${model.model}`,
      firstOfEach(outcomes, ({ decision }) => unitKey(decision)),
      (left) => ({ writes: this.#writes(model, left, expiresAt) }),
      PATIENCE,
    );
    const accepted = new Set(added);
    return outcomes.map((outcome) => (accepted.has(outcome) ? 'accepted' : 'repeated'));
  }

  /** All outcomes of a trial's decisions by one generation of the route. */
  async of(model: Model, trial: string, generation: number): Promise<OutcomesByArm> {
    const arms = new Map<string, OutcomeSums>();
    const items = itemsOf<StoredSums>(this.#client, this.#table, 'begins_with(SK, :prefix)', {
      ':pk': partition(model),
      ':prefix': sumPrefix(trial, generation),
    });
    for await (const item of items) {
      arms.set(item.arm, addSums(arms.get(item.arm) ?? NO_SUMS, item));
    }
    return Object.fromEntries([...arms].map(([arm, sums]) => [arm, momentsOf(sums)]));
  }

  /** The markers first, in the order of `outcomes`. */
  #writes(model: Model, outcomes: readonly Outcome[], expiresAt: number): Action[] {
    const sums = new Map<string, StoredSums>();
    const shard = Number.parseInt(outcomes[0]?.decision.unit.slice(0, 8) ?? '0', 16) % SHARDS;
    for (const { decision, score } of outcomes) {
      const { trial, generation, arm } = decision;
      const key = `${sumPrefix(trial, generation)}${arm}#${shard}`;
      sums.set(key, { ...addScore(sums.get(key) ?? NO_SUMS, score), arm });
    }
    return [
      ...outcomes.map(({ decision }) => this.#marker(model, decision, expiresAt)),
      ...[...sums].map(([SK, added]) => this.#sum(model, SK, added, expiresAt)),
    ];
  }

  #marker(model: Model, decision: Decision, expiresAt: number): Action {
    const { generation, arm } = decision;
    return {
      Put: {
        TableName: this.#table,
        Item: { PK: partition(model), SK: unitKey(decision), generation, arm, expiresAt },
        ConditionExpression: 'attribute_not_exists(PK)',
      },
    };
  }

  #sum(
    model: Model,
    SK: string,
    { arm, units, scores, squares }: StoredSums,
    until: number,
  ): Action {
    return {
      Update: {
        TableName: this.#table,
        Key: { PK: partition(model), SK },
        UpdateExpression:
          'SET arm = :arm, expiresAt = :until ADD units :units, scores :scores, squares :squares',
        ExpressionAttributeValues: {
          ...{ ':arm': arm, ':until': until },
          ...{ ':units': units, ':scores': scores, ':squares': squares },
        },
      },
    };
  }
}

interface StoredSums extends OutcomeSums {
  readonly arm: string;
}

const partition = ({ tenant, model }: Model): string => `T#${tenant}#O#${model}`;

const unitKey = ({ trial, unit }: Decision): string => `U#${trial}#${unit}`;

const sumPrefix = (trial: string, generation: number): string =>
  `S#${trial}#${String(generation).padStart(10, '0')}#`;
