import type { ApprovalStatus } from '#domain/access/approval.ts';
import { VERDICTS } from '#domain/gates/verdict.ts';
import { type Run, runMachine } from '../support/machine.ts';
import { definitionOf } from './definition.ts';
import {
  concluded,
  EVENT,
  faulty,
  inTurn,
  type Outputs,
  release,
  settled,
  type TaskName,
  type Tasks,
  TO_PRODUCTION,
} from './release-answers.ts';

export const RELEASE = definitionOf('release.asl.json');

export interface Scenario {
  /** Tasks that answer otherwise than on the way to production. */
  readonly when: Partial<Tasks>;
  readonly path: readonly string[];
  readonly branches?: Readonly<Record<string, readonly string[]>>;
  readonly error?: string;
}

const claimed = ['ClaimUpload', 'IsClaimed', 'RegisterVersion', 'IsRegistered'];
const passed = [
  ...claimed,
  ...['TakeRelease', 'SignDigest', 'JudgeVersion', 'AttestGates', 'ConcludeGates', 'HavePassed'],
];
const asked = ['RequestApproval', 'SettleApproval', 'IsApproved'];
const admitted = [...passed, ...asked, 'AdmitVersion', 'IsAdmitted'];
export const produced = [...admitted, 'ActivateVersion', 'IsActive', 'InProduction'];

/** The branches of JudgeVersion: the state that judges and the one that records its fault. */
export const GATES = [
  ['integrity', 'CheckIntegrity', 'RecordIntegrityFault'],
  ['schema', 'CheckSchema', 'RecordSchemaFault'],
  ['security', 'ScanArtifact', 'RecordSecurityFault'],
  ['performance', 'MeasurePerformance', 'RecordPerformanceFault'],
  ['integration', 'ReplayGoldenCases', 'RecordIntegrationFault'],
] as const;
const judging = { CheckIntegrity: ['CheckIntegrity'], CheckSchema: ['CheckSchema'] };
const allJudging = {
  ...judging,
  ScanArtifact: ['ScanArtifact'],
  MeasurePerformance: ['MeasurePerformance'],
  ReplayGoldenCases: ['ReplayGoldenCases'],
};

const unclaimed: Record<Exclude<Outputs['ClaimUpload']['outcome'], 'claimed'>, string> = {
  ignored: 'Ignored',
  duplicate: 'AlreadyClaimed',
};

/** Statuses that end a release. */
const unapproved: Record<Exclude<ApprovalStatus, 'APPROVED' | 'OPEN'>, string> = {
  REFUSED: 'Refused',
  EXPIRED: 'NotApproved',
  VOID: 'NotApproved',
};

/** The tasks whose fault FailRelease records. */
export const RECORDED = [
  ...['RegisterVersion', 'SignDigest', 'AttestGates', 'ConcludeGates', 'RequestApproval'],
  ...['SettleApproval', 'AdmitVersion', 'ActivateVersion'],
] as TaskName[];

const faulted = (name: string): string[] => [
  ...produced.slice(0, produced.indexOf(name) + 1),
  ...['FailRelease', 'Faulted'],
];

const each = <Key extends string>(
  keys: readonly Key[],
  scenario: (key: Key) => readonly [string, Scenario],
): Record<string, Scenario> => Object.fromEntries(keys.map(scenario));

const keysOf = <Key extends string>(record: Record<Key, unknown>) => Object.keys(record) as Key[];

/** Every way through the release, by what makes it go there. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'takes a good upload to production': { when: {}, path: produced, branches: allJudging },

  ...each(keysOf(unclaimed), (outcome) => [
    `leaves an upload alone that is ${outcome}`,
    {
      when: { ClaimUpload: () => ({ outcome, reason: 'said so' }) },
      path: ['ClaimUpload', 'IsClaimed', unclaimed[outcome]],
    },
  ]),

  'ends with a rejected upload': {
    when: { RegisterVersion: () => ({ outcome: 'rejected', problems: [] }) },
    path: [...claimed, 'Rejected'],
  },
  'ends with a version that is known': {
    when: { RegisterVersion: () => ({ outcome: 'known', version: '1.2.0', state: 'PRODUCTION' }) },
    path: [...claimed, 'AlreadyRegistered'],
  },
  'asks again about a reopened version, without judging it again': {
    when: { RegisterVersion: () => ({ outcome: 'reopened', release }) },
    path: [...claimed, 'TakeReopened', ...produced.slice(produced.indexOf('RequestApproval'))],
  },

  ...each(
    VERDICTS.filter((verdict) => verdict !== 'pass'),
    (verdict) => [
      `asks nobody about a version whose gates conclude ${verdict}`,
      { when: { ConcludeGates: concluded(verdict) }, path: [...passed, 'NotPassed'] },
    ],
  ),

  ...Object.fromEntries(
    GATES.flatMap(([gate, judge, record]) => {
      const when = { [judge]: faulty('Sandbox.Timedout'), ConcludeGates: concluded('error') };
      const path = [...passed, 'NotPassed'];
      const branch = [judge, record];
      return [
        [
          `records that gate ${gate} faulted, beside the verdicts of the others`,
          { when, path, branches: { ...allJudging, [judge]: branch } },
        ],
        [
          `goes on to conclude when the fault of gate ${gate} cannot be recorded either`,
          {
            when: { ...when, [record]: faulty() },
            path,
            branches: { ...allJudging, [judge]: [...branch, `${record}Failed`] },
          },
        ],
      ] as const;
    }),
  ),
  'concludes even when every gate faults': {
    when: {
      ...Object.fromEntries(GATES.flatMap(([, ...tasks]) => tasks.map((task) => [task, faulty()]))),
      ConcludeGates: concluded('inconclusive'),
    },
    path: [...passed, 'NotPassed'],
    branches: Object.fromEntries(
      GATES.map(([, judge, record]) => [judge, [judge, record, `${record}Failed`]]),
    ),
  },

  'waits again as long as the approval is open': {
    when: { SettleApproval: inTurn(settled('OPEN'), settled('OPEN'), settled('APPROVED')) },
    path: [...passed, ...asked, ...asked, ...produced.slice(produced.indexOf('RequestApproval'))],
  },
  ...each(keysOf(unapproved), (status) => [
    `admits nothing when the approval is ${status}`,
    {
      when: { SettleApproval: settled(status) },
      path: [...passed, ...asked, unapproved[status]],
    },
  ]),
  'believes the registry, not a wake-up that claims approval': {
    when: {
      RequestApproval: () => ({ status: 'APPROVED', approval: { status: 'APPROVED' } }),
      SettleApproval: settled('REFUSED'),
    },
    path: [...passed, ...asked, 'Refused'],
  },
  'settles the approval when nobody wakes it in time': {
    when: { RequestApproval: faulty('States.Timeout'), SettleApproval: settled('EXPIRED') },
    path: [...passed, ...asked, 'NotApproved'],
  },
  'admits a version whose last vote came without a wake-up': {
    when: { RequestApproval: faulty('States.Timeout') },
    path: produced,
  },

  'activates nothing that is not admitted': {
    when: { AdmitVersion: () => ({ outcome: 'refused', reason: 'another digest' }) },
    path: [...admitted, 'NotAdmitted'],
  },
  'ends with a blocked activation': {
    when: {
      ActivateVersion: () => ({ outcome: 'blocked', reason: 'its digest is in quarantine' }),
    },
    path: [...admitted, 'ActivateVersion', 'IsActive', 'Blocked'],
  },

  ...each(RECORDED, (name) => [
    `fails the release when ${name} faults`,
    { when: { [name]: faulty() }, path: faulted(name), error: 'ReleaseFaulted' },
  ]),
  'fails without a record when there is no claim yet': {
    when: { ClaimUpload: faulty() },
    path: ['ClaimUpload', 'Faulted'],
    error: 'ReleaseFaulted',
  },
  'fails all the same when the fault cannot be recorded': {
    when: { SignDigest: faulty(), FailRelease: faulty() },
    path: faulted('SignDigest'),
    error: 'ReleaseFaulted',
  },
};

export const runRelease = (when: Partial<Tasks>): Promise<Run> =>
  runMachine(RELEASE, { input: EVENT, tasks: { ...TO_PRODUCTION, ...when } });

const runs = new Map<string, Promise<Run>>();

/** Runs a scenario once, however many tests look at it. */
export function drive(behaviour: string): Promise<Run> {
  const scenario = SCENARIOS[behaviour];
  if (!scenario) throw new Error(`no scenario "${behaviour}"`);
  const run = runs.get(behaviour) ?? runRelease(scenario.when);
  runs.set(behaviour, run);
  return run;
}
