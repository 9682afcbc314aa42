import { runSimulation } from '@cloud-copilot/iam-simulate';
import { arnOf, deployed, functionIds, type Resource } from './deployed.ts';
import { ACCOUNT } from './stacks.ts';

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly NotAction?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: unknown;
}
interface Document {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

export interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
}

/** The role of a function of lambdas/, or a role's own logical id. */
export function roleOf(name: string): string {
  const id = functionIds().get(name);
  if (!id) {
    const [role] =
      [...deployed()].find(([key, { Type }]) => isRole(Type) && key.includes(name)) ?? [];
    if (!role) throw new Error(`no function and no role is named ${name}`);
    return role;
  }
  return String(deployed().get(id)?.Properties.Role).split('/').at(-1) ?? '';
}

const isRole = (type: string): boolean => type === 'AWS::IAM::Role';

/** Everything that the policies of a role say. */
export const statementsOf = (role: string): Statement[] =>
  policiesOf(role).flatMap(({ Statement }) => Statement);

export const actionsOf = (role: string): string[] =>
  [...new Set(statementsOf(role).flatMap(({ Action }) => Action))].sort();

const policiesOf = (role: string): Document[] =>
  [...deployed().values()]
    .filter(
      ({ Type, Properties }) => Type === 'AWS::IAM::Policy' && Properties.Roles.includes(role),
    )
    .map(({ Properties }) => Properties.PolicyDocument);

/** What IAM decides on a request of a session of `role`, over TLS, with the bucket's policy. */
export async function decide(
  role: string,
  { action, resource, context = {} }: Asked,
  sessionPolicy?: object,
): Promise<string> {
  const results = await runSimulation(
    {
      request: {
        principal: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/session`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { ...everyRequest(role), ...context },
      },
      identityPolicies: policiesOf(role).map((policy, i) => ({ name: `${role}-${i}`, policy })),
      resourcePolicy: policyOfResource(resource),
      sessionPolicy,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    { simulationMode: 'Strict' },
  );
  if (results.resultType === 'error') throw new Error(JSON.stringify(results.errors));
  return results.overallResult;
}

/** Which functions may do it, by name; and roles of no function, by their logical ids. */
export async function allowed(asked: Asked): Promise<string[]> {
  const names = new Map([...functionIds().keys()].map((name) => [roleOf(name), name]));
  const roles = [...deployed()].filter(([, { Type }]) => isRole(Type)).map(([id]) => id);
  const decisions = await Promise.all(
    roles.map(async (role) => ({ role, decision: await decide(role, asked) })),
  );
  return decisions
    .filter(({ decision }) => decision === 'Allowed')
    .map(({ role }) => names.get(role) ?? role)
    .sort();
}

const everyRequest = (role: string): Record<string, string> => ({
  'aws:SecureTransport': 'true',
  's3:TlsVersion': '1.3',
  'aws:userid': `AROA${role.toUpperCase()}:session`,
  ...Object.fromEntries(
    ((deployed().get(role) as Resource).Properties.Tags ?? []).map(
      ({ Key, Value }: { Key: string; Value: string }) => [`aws:PrincipalTag/${Key}`, Value],
    ),
  ),
});

/** The policy that stands on a bucket, key, role, topic or queue itself. */
function policyOfResource(arn: string): Document | undefined {
  const resources = [...deployed()];
  const bucket = /^arn:aws:s3:::([^/]+)/.exec(arn)?.[1];
  if (bucket) {
    return resources.find(
      ([, { Type, Properties }]) =>
        Type === 'AWS::S3::BucketPolicy' && Properties.Bucket === bucket,
    )?.[1].Properties.PolicyDocument;
  }
  const own = resources.find(([id, { Type }]) => hasPolicy(Type) && arnOf(id) === arn)?.[1];
  return own?.Properties.KeyPolicy ?? own?.Properties.AssumeRolePolicyDocument;
}

const hasPolicy = (type: string): boolean => type === 'AWS::KMS::Key' || isRole(type);

/** A resource by the start of its logical id and its type, as an ARN. */
export function arn(type: string, start: string): string {
  const ids = [...deployed()]
    .filter(([id, resource]) => resource.Type === type && id.startsWith(start))
    .map(([id]) => id);
  if (ids.length !== 1) throw new Error(`${type} ${start}: got ${ids.length}, expected one`);
  return arnOf(String(ids[0]));
}
