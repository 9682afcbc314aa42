import type { ApprovalStatus } from '#domain/access/approval.ts';
import { VERDICTS } from '#domain/gates/verdict.ts';
import { type Run, runMachine } from '../support/machine.ts';
import { definitionOf } from './definition.ts';
import {
  byJob,
  concluded,
  EVENT,
  faulty,
  inTurn,
  JOB_STATUSES,
  type Outputs,
  release,
  rollout,
  settled,
  described as statusOf,
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
const judged = [...claimed, 'TakeRelease', 'SignDigest', 'JudgeVersion', 'AttestJudgement'];
const staged = [...judged, 'AdmitStaging', 'IsStaged'];
const loaded = [...staged, 'DriveLoad', 'AttestLoad'];
const concluding = ['ConcludeGates', 'HavePassed'];
const passed = [...loaded, ...concluding];
const described = [...passed, 'DescribeVersion'];
const asked = ['RequestApproval', 'SettleApproval', 'IsApproved'];
const admitted = [...described, ...asked, 'AdmitVersion', 'IsAdmitted'];
const planned = [...admitted, 'PlanRollout', 'IsPlanned'];
export const produced = [...planned, 'ActivateVersion', 'IsActive', 'InProduction'];

/** The branches of JudgeVersion: the state that judges and the one that records its fault. */
export const GATES = [
  ['integrity', 'CheckIntegrity', 'RecordIntegrityFault'],
  ['schema', 'CheckSchema', 'RecordSchemaFault'],
  ['security', 'ScanArtifact', 'RecordSecurityFault'],
  ['performance', 'MeasurePerformance', 'RecordPerformanceFault'],
  ['integration', 'ReplayGoldenCases', 'RecordIntegrationFault'],
  ['dependencies', 'JudgeDependencies', 'RecordDependenciesFault'],
  ['dataset', 'JudgeDataset', 'RecordDatasetFault'],
  ['privacy', 'JudgePrivacy', 'RecordPrivacyFault'],
  ['robustness', 'MeasureRobustness', 'RecordRobustnessFault'],
] as const;
/** What comes before a judge in its branch; a branch goes by its first state. */
const before = (judge: string): readonly string[] =>
  judge === 'MeasurePerformance' ? ['PlanEvaluation', 'EvaluatesWhere'] : [];
const branchOf = (judge: string, ...after: readonly string[]): [string, readonly string[]] => {
  const states = [...before(judge), judge, ...after];
  return [states[0] ?? judge, states];
};
const allJudging = Object.fromEntries(GATES.map(([, judge]) => branchOf(judge)));

/** What PlanRollout says of a version that is to be tried first. */
export const tried = () => ({ outcome: 'trial', rollout }) as const;

const byJobPlanned = ['PlanEvaluation', 'EvaluatesWhere', 'EvaluateByJob'];
const PlanEvaluation = () => byJob;
/** A job that could not be waited for, whatever SageMaker says of it then. */
const unsure = { PlanEvaluation, EvaluateByJob: faulty('SageMaker.ResourceInUseException') };
const evaluated = (...states: readonly string[]) => ({
  ...allJudging,
  PlanEvaluation: [...byJobPlanned, ...states],
});

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
  ...['RegisterVersion', 'SignDigest', 'AttestJudgement', 'AdmitStaging', 'AttestLoad'],
  ...['ConcludeGates', 'DescribeVersion', 'RequestApproval', 'SettleApproval', 'AdmitVersion'],
  ...['PlanRollout', 'ActivateVersion'],
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
      return [
        [
          `records that gate ${gate} faulted, beside the verdicts of the others`,
          {
            when,
            path,
            branches: { ...allJudging, ...Object.fromEntries([branchOf(judge, record)]) },
          },
        ],
        [
          `goes on to conclude when the fault of gate ${gate} cannot be recorded either`,
          {
            when: { ...when, [record]: faulty() },
            path,
            branches: {
              ...allJudging,
              ...Object.fromEntries([branchOf(judge, record, `${record}Failed`)]),
            },
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
      GATES.map(([, judge, record]) => branchOf(judge, record, `${record}Failed`)),
    ),
  },

  'has a job evaluate a version where the policy says so': {
    when: { PlanEvaluation },
    path: produced,
    branches: evaluated('MeasurePerformance'),
  },
  'judges what a job has left that was started before': {
    when: unsure,
    path: produced,
    branches: evaluated('FindEvaluation', 'IsEvaluationOver', 'MeasurePerformance'),
  },
  'waits for a job that was started before and still runs': {
    when: {
      ...unsure,
      FindEvaluation: inTurn<Outputs['FindEvaluation']>(
        statusOf('InProgress'),
        statusOf('InProgress'),
        statusOf('Completed'),
      ),
    },
    path: produced,
    branches: evaluated(
      ...['FindEvaluation', 'IsEvaluationOver', 'WaitForEvaluation'],
      ...['FindEvaluation', 'IsEvaluationOver', 'WaitForEvaluation'],
      ...['FindEvaluation', 'IsEvaluationOver', 'MeasurePerformance'],
    ),
  },
  ...each(
    JOB_STATUSES.filter((status) => status !== 'InProgress' && status !== 'Completed'),
    (status) => [
      `records a fault of gate performance when its job is ${status}`,
      {
        when: {
          PlanEvaluation,
          EvaluateByJob: faulty('States.TaskFailed'),
          FindEvaluation: statusOf(status),
          ConcludeGates: concluded('error'),
        },
        path: [...passed, 'NotPassed'],
        branches: evaluated('FindEvaluation', 'IsEvaluationOver', 'RecordPerformanceFault'),
      },
    ],
  ),
  'records a fault of gate performance when there is no job': {
    when: {
      PlanEvaluation,
      EvaluateByJob: faulty('SageMaker.ResourceLimitExceededException'),
      FindEvaluation: faulty('SageMaker.ResourceNotFoundException'),
      ConcludeGates: concluded('error'),
    },
    path: [...passed, 'NotPassed'],
    branches: evaluated('FindEvaluation', 'RecordPerformanceFault'),
  },
  'records a fault of gate performance when nothing can be planned': {
    when: { PlanEvaluation: faulty(), ConcludeGates: concluded('error') },
    path: [...passed, 'NotPassed'],
    branches: { ...allJudging, PlanEvaluation: ['PlanEvaluation', 'RecordPerformanceFault'] },
  },

  'concludes without a load on a version that may not be staged': {
    when: {
      AdmitStaging: () => ({ outcome: 'held', reason: 'security: fail' }),
      ConcludeGates: concluded('fail'),
    },
    path: [...staged, 'ConcludeGates', 'HavePassed', 'NotPassed'],
  },
  'records that gate load faulted': {
    when: { DriveLoad: faulty('Sandbox.Timedout'), ConcludeGates: concluded('error') },
    path: [...staged, 'DriveLoad', 'RecordLoadFault', 'AttestLoad', ...concluding, 'NotPassed'],
  },
  'goes on to conclude when the fault of gate load cannot be recorded either': {
    when: {
      DriveLoad: faulty(),
      RecordLoadFault: faulty(),
      ConcludeGates: concluded('inconclusive'),
    },
    path: [...staged, 'DriveLoad', 'RecordLoadFault', 'AttestLoad', ...concluding, 'NotPassed'],
  },

  'waits again as long as the approval is open': {
    when: { SettleApproval: inTurn(settled('OPEN'), settled('OPEN'), settled('APPROVED')) },
    path: [
      ...described,
      ...asked,
      ...asked,
      ...produced.slice(produced.indexOf('RequestApproval')),
    ],
  },
  ...each(keysOf(unapproved), (status) => [
    `admits nothing when the approval is ${status}`,
    {
      when: { SettleApproval: settled(status) },
      path: [...described, ...asked, unapproved[status]],
    },
  ]),
  'believes the registry, not a wake-up that claims approval': {
    when: {
      RequestApproval: () => ({ status: 'APPROVED', approval: { status: 'APPROVED' } }),
      SettleApproval: settled('REFUSED'),
    },
    path: [...described, ...asked, 'Refused'],
  },
  'settles the approval when nobody wakes it in time': {
    when: { RequestApproval: faulty('States.Timeout'), SettleApproval: settled('EXPIRED') },
    path: [...described, ...asked, 'NotApproved'],
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
    path: [...planned, 'ActivateVersion', 'IsActive', 'Blocked'],
  },
  'leaves a version to its rollout where it is to be tried first': {
    when: { PlanRollout: tried },
    path: [...planned, 'StartTrial', 'InRollout'],
  },
  'leaves a version to its rollout that was started before': {
    when: {
      PlanRollout: tried,
      StartTrial: faulty('StepFunctions.ExecutionAlreadyExistsException'),
    },
    path: [...planned, 'StartTrial', 'InRollout'],
  },
  'neither tries nor activates a version that left STAGING': {
    when: { PlanRollout: () => ({ outcome: 'blocked', reason: 'it is FAILED, expected STAGING' }) },
    path: [...planned, 'Blocked'],
  },
  'fails the release when StartTrial faults': {
    when: { PlanRollout: tried, StartTrial: faulty() },
    path: [...planned, 'StartTrial', 'FailRelease', 'Faulted'],
    error: 'ReleaseFaulted',
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
