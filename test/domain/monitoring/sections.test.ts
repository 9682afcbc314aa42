import { describe, expect, it } from 'vitest';
import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import { mulberry32 } from '#domain/gates/random.ts';
import { NOTHING_SEEN, type Seen } from '#domain/monitoring/capture/seen.ts';
import { conceptAfter, judgeConcept, NO_CONCEPT } from '#domain/monitoring/check/concept.ts';
import { judgeCalibration } from '#domain/monitoring/check/judge-calibration.ts';
import { judgeGroups } from '#domain/monitoring/check/judge-groups.ts';
import { judgeService, trafficDeviation } from '#domain/monitoring/check/judge-service.ts';
import { learnedFrom } from '#domain/monitoring/check/quiet-windows.ts';
import { referenceScore } from '#domain/monitoring/check/reference-score.ts';
import type { TakenService } from '#domain/monitoring/check/served.ts';
import { latestLabelled } from '#domain/monitoring/truth/labelled.ts';
import type { GroupTruth } from '#domain/monitoring/truth/truth-sums.ts';
import { bucketOf } from '#domain/rollout/histogram.ts';
import { binomialDraw } from './draws.ts';
import { AT, HOUR, policy, profile, reference, seen, truth } from './watched-world.ts';

describe('errors and latency of an hour', () => {
  const service = (fields: Partial<Seen>, more = {}) =>
    judgeService(
      { seen: { ...NOTHING_SEEN, ...fields }, hours: 1, read: READ, ...more },
      AT,
      POLICY,
    );
  const READ = { hour: 1, counted: NOTHING_SEEN };
  const timed = (ms: number): Pick<Seen, 'latency'> => ({ latency: [[bucketOf(ms), 1000]] });
  const levels = (found: ReturnType<typeof service>, watched: 'errors' | 'latency') =>
    Object.entries(found.strands[watched]?.hour ?? {}).flatMap(([level, ratio]) =>
      ratio >= 1 ? [level] : [],
    );

  it.each([
    [1000, 20, false],
    [1000, 100, false],
    [1000, 150, true],
    [20, 20, true],
    [100_000, 10_500, true],
  ])('of %i requests with %i failures harm: %s', (requests, threw, harms) => {
    const found = service({ requests, failures: { threw } });
    expect(levels(found, 'errors')).toEqual(harms ? ['warn', 'retrain', 'page', 'critical'] : []);
    expect(found.sections.service?.errorRate).toBe(threw / requests);
  });

  it('are not judged where so few requests may lie on either side of the limit', () => {
    const found = service({ requests: 20, failures: { threw: 1 } });
    expect(found.strands).toEqual({});
    expect(found.notes[0]).toContain('1 of 20 requests');
    expect(service({}).notes[0]).toContain('no request came within 1 h');
  });

  it.each([
    [80, undefined, []],
    [600, undefined, ['warn']],
    [1100, undefined, ['warn', 'retrain', 'page']],
    [1100, 100, ['warn', 'retrain', 'page', 'critical']],
    [1100, 900, ['warn', 'retrain', 'page']],
    [90, 10, []],
    [300, 100, ['warn', 'retrain', 'page']],
    [300, 200, []],
  ])('of %i ms, %s ms when it was judged, reach %j', (ms, baselineP95Ms, reached) => {
    const found = service({ requests: 1000, ...timed(ms) }, { baselineP95Ms });
    expect(levels(found, 'latency')).toEqual(reached);
  });

  it('take it for slow only by what chance leaves of its slowest twentieth', () => {
    const mixed = [
      [bucketOf(10), 944],
      [bucketOf(2000), 56],
    ] as const;
    expect(levels(service({ requests: 1000, latency: mixed as never }), 'latency')).toEqual([]);
    const more = [
      [bucketOf(10), 9000],
      [bucketOf(2000), 1000],
    ] as const;
    expect(levels(service({ requests: 10_000, latency: more as never }), 'latency')).toHaveLength(
      3,
    );
  });

  const hourly = (requests: number, failing: number, hours: number) => {
    let waiting: TakenService | undefined;
    return Array.from({ length: hours }, (_, i) => {
      const seen = { ...NOTHING_SEEN, requests, failures: { threw: failing } };
      const one = { seen, hours: 1, read: READ, ...(waiting && { waiting }) };
      const found = judgeService(one, AT + i * HOUR, POLICY);
      waiting = found.taken;
      return found;
    });
  };

  it('wait where requests are few, and are judged once by all that came since', () => {
    const all = hourly(10, 0, 24);
    const judged = all.flatMap(({ strands }, i) => (strands.errors ? [i] : []));
    expect(judged).toEqual([8, 17]);
    expect(all[8]?.sections.service).toMatchObject({ requests: 90, hours: 9 });
    expect(all[9]?.sections.service).toMatchObject({ requests: 10, hours: 1 });
  });

  it('are judged once a day at least, by whatever came: harm that is not shown is not there', () => {
    const judged = hourly(1, 0, 60).flatMap(({ strands }, i) => (strands.errors ? [i] : []));
    expect(judged).toEqual([23, 47]);
    const few = hourly(1, 0, 24).at(-1)?.strands.errors?.hour;
    expect(few?.warn).toBeLessThan(POLICY.clearBelow);
  });

  it('say that there was nothing to compare latency with', () => {
    const { notes } = service({ requests: 1000, ...timed(90) }, { baselineFault: 'altered' });
    expect(notes).toEqual(['Latency was not compared with that of the performance gate: altered']);
  });

  it('say how far traffic is from that of the same hour before, once there are three days', () => {
    expect(trafficDeviation(50, [100, 100])).toBeUndefined();
    expect(trafficDeviation(50, [100, 90, 110])).toBe(0.5);
    expect(trafficDeviation(0, [100, 100, 100])).toBe(1);
    const { sections } = service({}, { traffic: { now: 0, before: [5, 5, 5] } });
    expect(sections.service).toMatchObject({ requests: 0, trafficDeviation: 1 });
  });
});

describe('calibration', () => {
  /** Probabilities of 20 bins, of which a share more came true than they say. */
  function scored(rows: number, over: number, random: () => number) {
    const each = rows / 20;
    const means = Array.from({ length: 20 }, (_, bin) => (bin + 0.5) / 20);
    return {
      counts: means.map(() => each),
      sums: means.map((mean) => mean * each),
      hits: means.map((mean) => binomialDraw(each, Math.min(1, Math.max(0, mean + over)), random)),
    };
  }

  it('is not called wrong by chance, whatever the number of rows', () => {
    const random = mulberry32(3);
    for (const rows of [1000, 2000, 20_000]) {
      for (let trial = 0; trial < 50; trial++) {
        const found = judgeCalibration({ scored: scored(rows, 0, random) }, POLICY);
        expect(found.sections.calibration?.outcome).toBe('STABLE');
      }
    }
  });

  it('is called wrong where probabilities say too little, up to a new training', () => {
    const found = judgeCalibration({ scored: scored(4000, 0.15, mulberry32(3)) }, POLICY);
    expect(found.sections.calibration).toMatchObject({ outcome: 'DRIFT', rows: 4000 });
    expect(found.strands.calibration?.labels).toMatchObject({ page: 0, critical: 0 });
    expect(found.strands.calibration?.labels?.retrain).toBeGreaterThan(1);
  });

  it('is not judged by few rows, nor by none', () => {
    expect(judgeCalibration({ scored: scored(200, 0.3, mulberry32(1)) }, POLICY)).toMatchObject({
      sections: { calibration: { outcome: 'INSUFFICIENT_DATA' } },
      strands: {},
    });
    expect(judgeCalibration(truth(0, 0), POLICY).sections).toEqual({});
  });
});

describe('groups', () => {
  const group = (attribute: string, name: string, selected: number, score = 90): GroupTruth => ({
    ...{ attribute, group: name, rows: 1000, positives: 500, score: score * 10 },
    ...{ selected: selected * 10, truePositives: selected * 5, falsePositives: selected * 5 },
  });

  it('of a protected attribute that are selected unequally page, and roll nothing back', () => {
    const found = judgeGroups([group('sex', 'f', 30), group('sex', 'm', 50)], policy, true);
    expect(found.sections.fairness).toMatchObject([
      { attribute: 'sex', outcome: 'UNFAIR', parityGap: 0.2 },
    ]);
    expect(found.strands.fairness?.labels?.page).toBeGreaterThan(1);
    expect(found.strands.fairness?.labels?.critical).toBe(0);
  });

  it('that are selected alike leave the alarm below what it clears at', () => {
    const found = judgeGroups([group('sex', 'f', 50), group('sex', 'm', 50)], policy, true);
    expect(found.strands.fairness?.labels?.warn).toBe(0);
  });

  it('of another attribute are cohorts: one that is answered worse is named, and alarms nobody', () => {
    const found = judgeGroups(
      [group('region', 'north', 50, 92), group('region', 'south', 50, 60)],
      policy,
      true,
    );
    expect(found.sections.fairness).toMatchObject([
      { attribute: 'region', outcome: 'UNFAIR', groups: [{ score: 0.92 }, { score: 0.6 }] },
    ]);
    expect(found.strands).toEqual({});
  });

  it('are all cohorts where no answer is the favourable one', () => {
    const groups = [group('sex', 'f', 0, 92), group('sex', 'm', 0, 60)];
    const found = judgeGroups(groups, policy, false);
    expect(found.sections.fairness).toMatchObject([{ attribute: 'sex', outcome: 'UNFAIR' }]);
    expect(found.sections.fairness?.[0]?.groups[0]).not.toHaveProperty('selected');
    expect(found.strands).toEqual({});
  });
});

describe('labelled rows', () => {
  it('are those of a day, or of as many hours more as it takes', () => {
    const truths = new Map([1, 20, 40, 60].map((hour) => [hour, truth(600, 0.9)]));
    expect(latestLabelled(truths, 61, 1).hours).toEqual({ from: 37, to: 61 });
    expect(latestLabelled(truths, 61, 1).sums.rows).toBe(1200);
    expect(latestLabelled(truths, 61, 1800).sums.rows).toBe(1800);
    expect(latestLabelled(truths, 61, 9000)).toMatchObject({ hours: { from: 1 } });
    expect(latestLabelled(new Map(), 61, 9000).sums.rows).toBe(0);
  });
});

describe('late labels', () => {
  const score = referenceScore(profile().predictions as never);
  if (!score) throw new Error('no score');
  const fed = (known: typeof NO_CONCEPT, truths: Parameters<typeof judgeConcept>[1]) =>
    judgeConcept(known, truths, score, true, POLICY);

  it('count once, in however many checks they come', () => {
    const hours = new Map([1, 2, 3].map((hour) => [hour, truth(400, 0.9)]));
    const whole = fed(NO_CONCEPT, hours).next;
    let known = NO_CONCEPT;
    for (const rows of [100, 100, 250, 400]) {
      known = fed(known, new Map([1, 2, 3].map((hour) => [hour, truth(rows, 0.9)]))).next;
    }
    expect(known.pageHinkley.count).toBe(1200);
    expect(known.ddm).toMatchObject({ count: 1200, errors: whole.ddm.errors });
    expect(known.taken).toEqual(whole.taken);
    expect(fed(known, hours).sections.concept).toMatchObject({ outcome: 'INSUFFICIENT_DATA' });
  });

  it('that speak against a rise do not hold its alarm, though the rise is still there', () => {
    const bad = fed(
      NO_CONCEPT,
      new Map([
        [1, truth(1000, 0.9)],
        [2, truth(1000, 0.4)],
      ]),
    );
    expect(bad.strands['concept-drift']?.labels?.page).toBeGreaterThanOrEqual(1);
    const better = fed(bad.next, new Map([[3, truth(POLICY.samplesMin, 0.9)]]));
    expect(better.sections.concept?.outcome).toBe('DRIFT');
    expect(better.strands['concept-drift']?.labels?.page).toBe(0);
    expect(conceptAfter(better.next, true)).toEqual({ ...NO_CONCEPT, taken: better.next.taken });
  });

  it('speak against a rise once there are as many as are judged together, and for it at once', () => {
    const hours = new Map([
      [1, truth(1000, 0.9)],
      [2, truth(1000, 0.4)],
    ]);
    let { next } = fed(NO_CONCEPT, hours);
    const judgedBy = (hour: number, rows: number, right: number) => {
      hours.set(hour, truth(rows, right));
      const found = fed(next, hours);
      next = found.next;
      return found.strands['concept-drift']?.labels?.page;
    };
    expect(judgedBy(3, 1, 1)).toBeUndefined();
    expect(judgedBy(4, 1, 1)).toBeUndefined();
    // Adds to what fell before, and not to what the alarm went by.
    expect(judgedBy(5, 1, 0)).toBeUndefined();
    expect(judgedBy(6, POLICY.samplesMin - 4, 0.9)).toBeUndefined();
    expect(judgedBy(7, 1, 1)).toBe(0);
    expect(judgedBy(8, 1, 1)).toBeUndefined();
    expect(judgedBy(9, 3, 0)).toBeGreaterThanOrEqual(1);
  });

  it('of hours that are no longer read are forgotten, and only those', () => {
    const first = fed(
      NO_CONCEPT,
      new Map([
        [1, truth(10, 0.9)],
        [2, truth(10, 0.9)],
      ]),
    ).next;
    const next = fed(
      first,
      new Map([
        [2, truth(10, 0.9)],
        [3, truth(10, 0.9)],
      ]),
    ).next;
    expect(Object.keys(next.taken)).toEqual(['2', '3']);
    expect(next.pageHinkley.count).toBe(30);
  });

  it('are judged in errors of one row where the version never erred when it was judged', () => {
    const perfect = { moments: { count: 150, mean: 1, m2: 0 }, unit: 1 };
    const hours = new Map([
      [1, truth(1000, 1)],
      [2, truth(1000, 0.5)],
    ]);
    const found = judgeConcept(NO_CONCEPT, hours, perfect, true, POLICY);
    expect(found.sections.concept?.outcome).toBe('DRIFT');
  });
});

describe('the score of the judging rows', () => {
  const { predictions } = profile();
  if (predictions?.kind !== 'classes') throw new Error('no classes');
  const { score: _, ...without } = predictions;

  it('is taken from the profile, and follows from how often the answered class came true', () => {
    expect(referenceScore(predictions)).toMatchObject({ unit: 1, moments: { mean: 0.9 } });
    expect(referenceScore(without)).toBeUndefined();
    const scores = {
      of: 'answered-class',
      edges: [0.8],
      counts: [40, 60],
      sums: [20, 55],
      hits: [20, 55],
    };
    expect(referenceScore({ ...without, scores: scores as never })?.moments).toEqual({
      ...{ count: 100, mean: 0.75, m2: 18.75 },
    });
  });

  it('of numbers is in standard deviations of the truth', () => {
    const [numeric] = profile().features.map(({ distribution }) => distribution);
    if (numeric?.kind !== 'numeric') throw new Error('no numbers');
    const values = {
      kind: 'values',
      truth: { ...numeric, standardDeviation: 10 },
      answered: numeric,
      score: { rows: 100, mean: -5, m2: 400 },
    } as const;
    expect(referenceScore(values)).toEqual({
      unit: 10,
      moments: { count: 100, mean: -0.5, m2: 4 },
    });
  });
});

describe('how much windows vary', () => {
  const of = reference();
  const [age] = of.features;
  if (!age) throw new Error('no feature');
  const learned = (quarters: readonly Seen[]) => learnedFrom(age, quarters, 5, POLICY);
  const swings = (i: number) => seen(of, i, { shift: [0.8, 0, -0.8, 0][i % 4] ?? 0 });

  it('is that of independent rows before there are four quiet windows', () => {
    expect(learned(Array.from({ length: 7 }, (_, i) => swings(i))).quarter[10]).toBe(1);
  });

  it('is learned of a daily cycle, by quarters of a day and not by days', () => {
    const { quarter, day } = learned(Array.from({ length: 28 }, (_, i) => swings(i)));
    expect(quarter[10]).toBeGreaterThan(20);
    expect(day[10]).toBeLessThan(3);
  });

  it('is not learned of a drift that lasts', () => {
    const lasting = Array.from({ length: 28 }, (_, i) => seen(of, i, { shift: i < 12 ? 1 : 0 }));
    expect(learned(lasting).quarter[10]).toBeLessThan(2);
    const all = Array.from({ length: 28 }, (_, i) => seen(of, i, { shift: 1 }));
    expect(learned(all).quarter[10]).toBe(1);
  });
});
