import { ACCOUNT, productionTemplates, REGION } from './stacks.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates have the type of CloudFormation
  readonly Properties: any;
}

type Resources = ReadonlyMap<string, Resource>;

/** Resources of all stacks by logical id, every reference resolved to the name or ARN it stands for. */
export function deployed(): Resources {
  made ??= make();
  return made;
}

let made: Resources | undefined;

function make(): Resources {
  const templates = productionTemplates();
  const resources = new Map(
    templates.flatMap((t) => Object.entries(t.toJSON().Resources as Record<string, Resource>)),
  );
  const exported = new Map(
    templates.flatMap((t) =>
      Object.values((t.toJSON().Outputs ?? {}) as Record<string, Output>).map(
        ({ Export, Value }) => [Export?.Name, Value] as const,
      ),
    ),
  );
  const resolve = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(resolve);
    if (value === null || typeof value !== 'object') return value;
    const [[key, argument] = ['', null]] = Object.entries(value);
    switch (key) {
      case 'Ref':
        return PSEUDO[String(argument)] ?? referenceTo(String(argument), resources);
      case 'Fn::GetAtt': {
        const [id, attribute] = argument as string[];
        return attributeOf(String(id), String(attribute), resources);
      }
      case 'Fn::ImportValue':
        return resolve(exported.get(String(argument)) ?? null);
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, Json[]];
        return parts.map(resolve).join(separator);
      }
      default:
        return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v)]));
    }
  };
  return new Map(
    [...resources].map(([id, { Type, Properties }]) => [
      id,
      { Type, Properties: resolve(Properties ?? {}) },
    ]),
  );
}

export const ofType = (type: string): [string, Resource][] =>
  [...deployed()].filter(([, { Type }]) => Type === type);

/** A function's name in lambdas/ is the last part of its construct's path. */
export function functionIds(): ReadonlyMap<string, string> {
  return new Map(
    productionTemplates().flatMap((template) =>
      Object.entries(template.findResources('AWS::Lambda::Function') as Record<string, Made>).map(
        ([id, { Metadata }]): [string, string] => [
          String(Metadata['aws:cdk:path']).split('/').at(-2) ?? '',
          id,
        ],
      ),
    ),
  );
}

interface Made {
  readonly Metadata: Readonly<Record<string, string>>;
}

interface Output {
  readonly Export?: { readonly Name: string };
  readonly Value: Json;
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
};

const here = `${REGION}:${ACCOUNT}`;
const ARNS: Readonly<Record<string, (id: string) => string>> = {
  'AWS::S3::Bucket': (id) => `arn:aws:s3:::${id.toLowerCase()}`,
  'AWS::KMS::Key': (id) => `arn:aws:kms:${here}:key/${id}`,
  'AWS::DynamoDB::GlobalTable': (id) => `arn:aws:dynamodb:${here}:table/${id}`,
  'AWS::Lambda::Function': (id) => `arn:aws:lambda:${here}:function:${id}`,
  'AWS::SQS::Queue': (id) => `arn:aws:sqs:${here}:${id}`,
  'AWS::SNS::Topic': (id) => `arn:aws:sns:${here}:${id}`,
  'AWS::StepFunctions::StateMachine': (id) => `arn:aws:states:${here}:stateMachine:${id}`,
  'AWS::Logs::LogGroup': (id) => `arn:aws:logs:${here}:log-group:${id}:*`,
  'AWS::IAM::Role': (id) => `arn:aws:iam::${ACCOUNT}:role/${id}`,
  'AWS::Events::EventBus': (id) => `arn:aws:events:${here}:event-bus/${id}`,
  'AWS::Events::Rule': (id) => `arn:aws:events:${here}:rule/${id}`,
};
/** Types whose `Ref` is an ARN; that of the others is a name. */
const ARN_BY_REF = ['AWS::SNS::Topic', 'AWS::StepFunctions::StateMachine'];

/** The ARN that a resource has in these tests. */
export function arnOf(id: string, resources: Resources = deployed()): string {
  const type = resources.get(id)?.Type ?? `nothing named ${id}`;
  const arn = ARNS[type];
  if (!arn) throw new Error(`no ARN is known for ${type}; add it to ARNS`);
  return arn(id);
}

const referenceTo = (id: string, resources: Resources): string => {
  const type = resources.get(id)?.Type ?? '';
  if (ARN_BY_REF.includes(type)) return arnOf(id, resources);
  return type === 'AWS::S3::Bucket' ? id.toLowerCase() : id;
};

function attributeOf(id: string, attribute: string, resources: Resources): string {
  switch (attribute) {
    case 'Arn':
      return arnOf(id, resources);
    case 'StreamArn':
      return `${arnOf(id, resources)}/stream/2026-01-01T00:00:00.000`;
    case 'Name':
      return id;
    case 'RoleId':
      return `AROA${id.toUpperCase()}`;
    default:
      return `${id}.${attribute}`;
  }
}
