import { describe, expect, it } from 'vitest';
import { armsOf, placingOf, planRollback } from '#domain/serving/routing/plan-rollback.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import {
  digestNo,
  moment,
  NOW,
  sampleCandidate,
  sampleExperiment,
  sampleRoute,
  targetNo,
} from './sample-route.ts';

const AT = moment(NOW);
const experiments = [sampleExperiment()];
const quiet = sampleRoute({ generation: 7, previous: targetNo(9) });
const trial = { ...quiet, candidate: sampleCandidate({ since: 5 }) };

const asked = { severity: 'critical', trigger: 'look', generation: 7 } as const;
type Asked = Parameters<typeof planRollback>[1];
const plan = (route: RouteDocument, changes: Partial<Asked> = {}) =>
  planRollback(route, { ...asked, ...changes }, AT);

describe('what is rolled back', () => {
  it.each<[string, RouteDocument, Partial<Asked>, string, number, number]>([
    ['the candidate, where nothing is named', trial, {}, 'candidate', 2, 0.25],
    ['stable, where there is no candidate', quiet, {}, 'stable', 1, 1],
    ['the digest that is named', trial, { digest: digestNo(1) }, 'stable', 1, 1],
    ['the version that is named', trial, { version: '1.0.0' }, 'stable', 1, 1],
    ['a variant', { ...quiet, experiments }, { digest: digestNo(3) }, 'variant', 3, 0],
    ['what stable goes back to', quiet, { version: '9.0.0' }, 'previous', 9, 0],
    [
      'stable, not the control of the same digest',
      { ...quiet, experiments },
      { version: '1.0.0' },
      'stable',
      1,
      1,
    ],
  ])('is %s', (_, route, changes, placing, n, share) => {
    const target = expect.objectContaining(targetNo(n));
    expect(plan(route, changes)).toEqual({ outcome: 'critical', placing, target, share });
  });

  it('is nothing that has no place, or has it anew', () => {
    expect(plan(trial, { digest: digestNo(4) })).toMatchObject({ outcome: 'nothing' });
    expect(plan(trial, { version: '4.0.0' })).toMatchObject({ outcome: 'nothing' });
    expect(plan(trial, { generation: 4 })).toMatchObject({ outcome: 'nothing' });
    expect(plan(trial, { generation: 5 })).toMatchObject({ outcome: 'critical' });
  });

  it('is nothing where nothing is named and the route is not the one that was seen', () => {
    expect(plan(quiet, { generation: 6 })).toMatchObject({ outcome: 'nothing' });
    expect(plan(quiet, { generation: 6, version: '1.0.0' })).toMatchObject({ placing: 'stable' });
    expect(plan(trial, { generation: 6 })).toMatchObject({ placing: 'candidate' });
  });

  it('is nothing where a person aborts what has ended already', () => {
    expect(plan(quiet, { abort: true, trigger: 'person' })).toMatchObject({ outcome: 'nothing' });
    const named = plan(quiet, { abort: true, trigger: 'person', version: '1.0.0' });
    expect(named).toMatchObject({ outcome: 'refused' });
  });
});

describe('how soon', () => {
  it.each(['low', 'medium', 'high'] as const)('is step by step for %s', (severity) => {
    expect(plan(trial, { severity })).toMatchObject({ outcome: 'gradual', placing: 'candidate' });
    expect(plan(quiet, { severity })).toMatchObject({ outcome: 'gradual', placing: 'stable' });
  });

  it('is at once for what has no steps down', () => {
    const low = { severity: 'low' } as const;
    const variant = plan({ ...quiet, experiments }, { ...low, digest: digestNo(3) });
    expect(variant).toMatchObject({ outcome: 'critical', placing: 'variant' });
    expect(plan(quiet, { ...low, version: '9.0.0' })).toMatchObject({ outcome: 'critical' });
    expect(plan(trial, { ...low, version: '1.0.0' })).toMatchObject({ outcome: 'critical' });
    const beside = plan({ ...quiet, experiments }, low);
    expect(beside).toMatchObject({ outcome: 'critical', placing: 'stable' });
  });
});

describe('stable that fails', () => {
  it('is held where there is no sound version before it', () => {
    const { previous: _, ...first } = quiet;
    expect(plan(first)).toMatchObject({ outcome: 'hold' });
    const quarantined = [{ digest: digestNo(9), until: NOW + 1 }];
    expect(plan({ ...quiet, quarantined })).toMatchObject({ outcome: 'hold' });
  });

  it('is no business of a breaker, which stands for one process', () => {
    const breaker = { trigger: 'breaker' } as const;
    expect(plan(trial, breaker)).toMatchObject({ outcome: 'critical', placing: 'candidate' });
    const control = plan({ ...quiet, experiments }, { ...breaker, digest: digestNo(1) });
    expect(control).toMatchObject({ outcome: 'refused' });
    expect(plan(quiet, breaker)).toMatchObject({ outcome: 'refused' });
    expect(plan(quiet, { ...breaker, version: '9.0.0' })).toMatchObject({ outcome: 'refused' });
  });
});

describe('the version to go back to', () => {
  it.each<[RouteDocument, Partial<Asked>, string]>([
    [trial, { to: '1.0.0' }, 'critical'],
    [trial, { to: '9.0.0' }, 'refused'],
    [trial, { digest: digestNo(1), to: '9.0.0' }, 'critical'],
    [quiet, { to: '9.0.0' }, 'critical'],
    [quiet, { to: '1.0.0' }, 'refused'],
  ])('is the one that the route goes back to', (route, changes, outcome) => {
    expect(plan(route, changes)).toMatchObject({ outcome });
  });
});

describe('a digest', () => {
  it('has the place of the first that names it', () => {
    const route = { ...trial, experiments };
    expect(placingOf(route, digestNo(1))).toBe('stable');
    expect(placingOf(route, digestNo(2))).toBe('candidate');
    expect(placingOf(route, digestNo(3))).toBe('variant');
    expect(placingOf(route, digestNo(9))).toBe('previous');
    expect(placingOf(route, digestNo(4))).toBeUndefined();
  });

  it('is counted under its arms of all trials', () => {
    const route = { ...trial, experiments };
    expect(armsOf(route, digestNo(2))).toEqual([{ trial: 'candidate', arm: 'candidate' }]);
    expect(armsOf(route, digestNo(1))).toEqual([
      { trial: 'candidate', arm: 'stable' },
      { trial: 'colour', arm: 'control' },
    ]);
    expect(armsOf(route, digestNo(3))).toEqual([{ trial: 'colour', arm: 'bold' }]);
    expect(armsOf(quiet, digestNo(1))).toEqual([]);
  });
});
