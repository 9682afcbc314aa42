import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { ROLES } from '#domain/access/person.ts';
import { readConfig } from '../../lib/config.ts';
import {
  definitionOf,
  functionOf,
  handlersOf,
  MACHINES,
  statesOf,
  textOf,
} from '../statemachines/definition.ts';
import { arnOf, deployed, functionIds, ofType, type Resource } from '../support/deployed.ts';
import { roleOf, statementsOf } from '../support/permissions.ts';
import { productionStacks, synthesise } from '../support/stacks.ts';

const functionNamed = (name: string): Resource => {
  const found = deployed().get(functionIds().get(name) ?? '');
  if (!found) throw new Error(`no function is named ${name}`);
  return found;
};
const arnOfFunction = (name: string): string =>
  `arn:aws:lambda:eu-central-1:111122223333:function:${functionIds().get(name)}`;

describe('every function', () => {
  const functions = () =>
    [...functionIds().keys()].map((name) => ({ name, ...functionNamed(name) }));

  it('runs the newest Node that the CDK knows', () => {
    const [newest] = Runtime.ALL.map(({ name }) => name)
      .filter((name) => /^nodejs\d+\.x$/.test(name))
      .sort((a, b) => Number.parseInt(b.slice(6), 10) - Number.parseInt(a.slice(6), 10));
    for (const { name, Properties } of functions()) expect(Properties.Runtime, name).toBe(newest);
  });

  it('has a role of its own, which Lambda alone assumes', () => {
    const roles = functions().map(({ name }) => roleOf(name));
    expect(new Set(roles).size).toBe(roles.length);
    for (const role of roles) {
      expect(deployed().get(role)?.Properties.AssumeRolePolicyDocument.Statement, role).toEqual([
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'lambda.amazonaws.com' },
        },
      ]);
    }
  });

  it('is traced, stops in time, and logs to a group of its own for a year', () => {
    const groups = functions().map(({ name, Properties }) => {
      expect(Properties.TracingConfig, name).toEqual({ Mode: 'Active' });
      expect(Properties.Timeout, name).toBeGreaterThan(0);
      const group = Properties.LoggingConfig.LogGroup;
      expect(deployed().get(group)?.Properties.RetentionInDays, name).toBe(365);
      return group;
    });
    expect(new Set(groups).size).toBe(groups.length);
  });

  it('has exactly one handler file, and describes itself', () => {
    for (const { name, Properties } of functions()) {
      expect(handlersOf(name), name).toHaveLength(1);
      expect(Properties.Description, name).toMatch(/\w+ \w+/);
    }
  });

  it('is given the names of what it may use, and no secret', () => {
    for (const { name, Properties } of functions()) {
      for (const variable of Object.keys(Properties.Environment.Variables)) {
        expect(variable, name).toMatch(
          /^(\w+_(TABLE|BUCKET|ARN|URL)|EVENT_BUS|DASHBOARD|NODE_OPTIONS|TICK_MINUTES|(SESSION|PREDICTION)_CACHE_MIB|MALLOC_\w+_THRESHOLD_)$/,
        );
      }
    }
  });
});

/** What the state machine does whose ARN a template refers to. */
function definitionBehind(arn: string): { readonly StartAt: string } {
  const [, properties] =
    ofType('AWS::StepFunctions::StateMachine').find(([id]) => arn.includes(id)) ?? [];
  return JSON.parse(properties?.Properties.DefinitionString ?? '{}');
}

describe.each(MACHINES)('state machine %s', (file) => {
  const invocations = statesOf(definitionOf(file)).flatMap(({ name, state }) => {
    const invoked = functionOf(state);
    return invoked === undefined ? [] : [{ name, state, invoked }];
  });
  const named = [...new Set(invocations.map(({ invoked }) => invoked))].sort();
  const machine = () => {
    const found = ofType('AWS::StepFunctions::StateMachine').find(
      ([, { Properties }]) =>
        JSON.parse(Properties.DefinitionString).StartAt === definitionOf(file).StartAt,
    );
    if (!found) throw new Error(`${file} is deployed by no stack`);
    return found[1].Properties;
  };

  it('may invoke exactly the functions that it names', () => {
    const role = machine().RoleArn.split('/').at(-1);
    const statements = statementsOf(role).filter(({ Action }) =>
      [Action].flat().some((action) => action.startsWith('lambda:')),
    );
    expect(statements).toHaveLength(1);
    const [{ Action, Resource } = {}] = statements;
    expect(Action).toBe('lambda:InvokeFunction');
    expect([Resource].flat().sort()).toEqual(named.map(arnOfFunction).sort());
  });

  it('is deployed with each of them, and with the machines that it starts, by name', () => {
    const { DefinitionSubstitutions: given } = machine();
    const functionsGiven = Object.entries(given).filter(([name]) => named.includes(name));
    expect(Object.fromEntries(functionsGiven)).toEqual(
      Object.fromEntries(named.map((name) => [name, arnOfFunction(name)])),
    );
    const started = [...textOf(file).matchAll(/"StateMachineArn": "\$\{(\w+)Machine\}"/g)];
    const others = started.map(([, name = '']) => name).sort();
    expect(Object.keys(given).sort()).toEqual(
      [...named, ...new Set(others.map((name) => `${name}Machine`))].sort(),
    );
    for (const name of others) {
      expect(definitionBehind(given[`${name}Machine`]).StartAt, name).toBe(
        definitionOf(`${name.toLowerCase()}.asl.json`).StartAt,
      );
    }
  });

  it.each(invocations.map(({ name, state, invoked }) => [name, state, invoked] as const))(
    'gives %s at least the time that its function has',
    (_, state, invoked) => {
      const { Timeout } = functionNamed(invoked).Properties;
      expect(state.TimeoutSeconds).toBeGreaterThanOrEqual(Timeout);
    },
  );

  it('may manage the rules by which it hears that what it waits for has ended, whatever is configured', () => {
    const waits = [...textOf(file).matchAll(/:states:::[\w:-]+\.sync\b[\w:]*/g)].map(
      ([kind]) => kind,
    );
    const rules = statementsOf(machine().RoleArn.split('/').at(-1)).filter(({ Action }) =>
      [Action].flat().includes('events:PutRule'),
    );
    expect(rules).toHaveLength(new Set(waits).size);
    for (const { Action, Resource } of rules) {
      expect([Action].flat().sort()).toEqual([
        'events:DescribeRule',
        'events:PutRule',
        'events:PutTargets',
      ]);
      expect(Resource).toMatch(/:rule\/StepFunctionsGetEventsFor\w+Rule$/);
    }
  });

  it('logs where services may write without a policy for each group', () => {
    const [{ CloudWatchLogsLogGroup }] = machine().LoggingConfiguration.Destinations;
    const [id] = CloudWatchLogsLogGroup.LogGroupArn.split(':').slice(-2);
    const name = deployed().get(id)?.Properties.LogGroupName;
    expect(name).toMatch(/^\/aws\/vendedlogs\/states\/Assay-[\w-]+$/);
  });

  it('is traced and logs every event, without the data that tokens travel in', () => {
    const { TracingConfiguration, LoggingConfiguration } = machine();
    expect(TracingConfiguration).toEqual({ Enabled: true });
    expect(LoggingConfiguration.Level).toBe('ALL');
    expect(LoggingConfiguration.IncludeExecutionData ?? false).toBe(false);
  });
});

describe('an asynchronous edge', () => {
  const queues = () =>
    ofType('AWS::SQS::Queue').map(([id]) => `arn:aws:sqs:eu-central-1:111122223333:${id}`);

  it('from a rule ends in a queue that the rule may write to', () => {
    for (const [id, { Properties }] of ofType('AWS::Events::Rule')) {
      for (const { DeadLetterConfig } of Properties.Targets) {
        expect(queues(), id).toContain(DeadLetterConfig?.Arn);
        const policy = ofType('AWS::SQS::QueuePolicy').find(([, queue]) =>
          DeadLetterConfig.Arn.endsWith(`:${queue.Properties.Queues[0]}`),
        )?.[1];
        expect(policy?.Properties.PolicyDocument.Statement, id).toContainEqual(
          expect.objectContaining({
            Effect: 'Allow',
            Action: 'sqs:SendMessage',
            Principal: { Service: 'events.amazonaws.com' },
            Resource: DeadLetterConfig.Arn,
          }),
        );
      }
    }
  });

  it('from a topic ends in a queue that the topic may write to', () => {
    const subscriptions = ofType('AWS::SNS::Subscription').filter(
      ([, { Properties }]) => Properties.Protocol !== 'email',
    );
    expect(subscriptions).toHaveLength(2);
    for (const [id, { Properties }] of subscriptions) {
      expect(Properties.TopicArn, id).toMatch(/:Topics(Rollbacks|Models)/);
      const target = Properties.RedrivePolicy.deadLetterTargetArn;
      expect(queues(), id).toContain(target);
      const policy = ofType('AWS::SQS::QueuePolicy').find(([, queue]) =>
        target.endsWith(`:${queue.Properties.Queues[0]}`),
      )?.[1];
      expect(policy?.Properties.PolicyDocument.Statement, id).toContainEqual(
        expect.objectContaining({
          Effect: 'Allow',
          Action: 'sqs:SendMessage',
          Principal: { Service: 'sns.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': Properties.TopicArn } },
        }),
      );
    }
  });

  it('from a stream ends in a queue, after bisecting what fails', () => {
    const sources = ofType('AWS::Lambda::EventSourceMapping').filter(
      ([, { Properties }]) => Properties.StartingPosition !== undefined,
    );
    expect(sources).toHaveLength(1);
    for (const [id, { Properties }] of sources) {
      expect(queues(), id).toContain(Properties.DestinationConfig.OnFailure.Destination);
      expect(Properties, id).toMatchObject({
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 10,
        StartingPosition: 'TRIM_HORIZON',
      });
    }
  });

  it('from a queue ends in another one, after three tries of each message by itself', () => {
    const sources = ofType('AWS::Lambda::EventSourceMapping').filter(
      ([, { Properties }]) => Properties.StartingPosition === undefined,
    );
    expect(sources).toHaveLength(2);
    for (const [id, { Properties }] of sources) {
      expect(Properties.FunctionResponseTypes, id).toEqual(['ReportBatchItemFailures']);
      const [, queue] =
        ofType('AWS::SQS::Queue').find(([name]) => Properties.EventSourceArn === arnOf(name)) ?? [];
      const { RedrivePolicy, SqsManagedSseEnabled } = queue?.Properties ?? {};
      expect(SqsManagedSseEnabled, id).toBe(true);
      expect(RedrivePolicy.maxReceiveCount, id).toBe(3);
      expect(queues(), id).toContain(RedrivePolicy.deadLetterTargetArn);
    }
  });

  it('from a schedule ends in a queue, where the event does not arrive and where it faults', () => {
    const schedules = ofType('AWS::Scheduler::Schedule');
    expect(schedules).toHaveLength(5);
    for (const [id, { Properties }] of schedules) {
      const { Arn, DeadLetterConfig } = Properties.Target;
      expect(queues(), id).toContain(DeadLetterConfig.Arn);
      // Scheduler invokes Lambda asynchronously: it has done its part before the function runs.
      const invoked = ofType('AWS::Lambda::EventInvokeConfig').find(([, config]) =>
        Arn.endsWith(`:${config.Properties.FunctionName}`),
      )?.[1];
      expect(queues(), id).toContain(invoked?.Properties.DestinationConfig.OnFailure.Destination);
    }
  });

  it('has a queue that is encrypted, keeps messages for two weeks and pages somebody', () => {
    const watched = ofType('AWS::CloudWatch::Alarm').flatMap(([, { Properties }]) =>
      (Properties.Dimensions ?? [])
        .filter(({ Name }: { Name: string }) => Name === 'QueueName')
        .map(({ Value }: { Value: string }) => Value),
    );
    const last = ofType('AWS::SQS::Queue').filter(
      ([, { Properties }]) => Properties.RedrivePolicy === undefined,
    );
    for (const [id, { Properties }] of last) {
      expect(Properties).toMatchObject({
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 1_209_600,
      });
      expect(watched).toContain(`${id}.QueueName`);
    }
  });

  it('reads the stream with the key that encrypts the table', () => {
    const grants = statementsOf(roleOf('PublishEvents'));
    expect(grants).toContainEqual({
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:DescribeKey'],
      Resource: expect.stringContaining('key/DataKey'),
    });
  });
});

describe('the rule for uploads', () => {
  it('starts a release for each manifest.json below uploads/, and for nothing else', () => {
    productionStacks().assay.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { object: { key: [{ wildcard: 'uploads/*/manifest.json' }] } },
      },
    });
  });
});

describe('people', () => {
  const client = () => ofType('AWS::Cognito::UserPoolClient')[0]?.[1].Properties;

  it('do not sign themselves up', () => {
    productionStacks().data.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      Policies: { PasswordPolicy: Match.objectLike({ MinimumLength: 12 }) },
    });
  });

  it('have a tenant that never changes', () => {
    productionStacks().data.hasResourceProperties('AWS::Cognito::UserPool', {
      Schema: [Match.objectLike({ Name: 'tenant', AttributeDataType: 'String', Mutable: false })],
    });
  });

  it('cannot write their tenant, which their tokens carry', () => {
    expect(client().WriteAttributes).toEqual(['name']);
    expect(client().ReadAttributes).toContain('custom:tenant');
  });

  it('sign in by a client without a secret, without a hosted page to come back from', () => {
    expect(client().GenerateSecret ?? false).toBe(false);
    expect(client().AllowedOAuthFlowsUserPoolClient).toBe(false);
    expect(client()).not.toHaveProperty('CallbackURLs');
    expect(client().PreventUserExistenceErrors).toBe('ENABLED');
  });

  it('are in the groups that the domain knows as roles', () => {
    const groups = ofType('AWS::Cognito::UserPoolGroup').map(
      ([, { Properties }]) => Properties.GroupName,
    );
    expect(groups.sort()).toEqual([...ROLES].sort());
  });
});

describe('the HTTP API', () => {
  it('asks for an ID token of our client on every route', () => {
    const routes = ofType('AWS::ApiGatewayV2::Route');
    expect(routes.map(([, { Properties }]) => Properties.RouteKey).sort()).toEqual([
      'ANY /governance/{proxy+}',
      'ANY /v2',
      'ANY /v2/{proxy+}',
      'GET /ping',
      'POST /invocations',
      'POST /v2/models/{model}/outcomes',
    ]);
    const [[authorizer, { Properties }] = ['', { Properties: {} }]] = ofType(
      'AWS::ApiGatewayV2::Authorizer',
    );
    const [[pool] = ['']] = ofType('AWS::Cognito::UserPool');
    const [[ourClient] = ['']] = ofType('AWS::Cognito::UserPoolClient');
    expect(Properties).toMatchObject({
      AuthorizerType: 'JWT',
      JwtConfiguration: {
        Audience: [ourClient],
        Issuer: `https://cognito-idp.eu-central-1.amazonaws.com/${pool}`,
      },
    });
    for (const [id, route] of routes) {
      expect(route.Properties, id).toMatchObject({
        AuthorizationType: 'JWT',
        AuthorizerId: authorizer,
      });
    }
  });

  it('logs who asked for what, and neither tokens nor bodies', () => {
    const [[, stage] = []] = ofType('AWS::ApiGatewayV2::Stage');
    const format = stage?.Properties.AccessLogSettings.Format;
    expect(Object.keys(JSON.parse(format))).toEqual(
      expect.arrayContaining(['requestId', 'route', 'status', 'subject']),
    );
    expect(format).not.toMatch(/authorization|body/i);
  });

  it('logs where services may write without a policy for each group', () => {
    const [[, stage] = []] = ofType('AWS::ApiGatewayV2::Stage');
    const [id] = stage?.Properties.AccessLogSettings.DestinationArn.split(':').slice(-2) ?? [];
    const name = deployed().get(id)?.Properties.LogGroupName;
    expect(name).toMatch(/^\/aws\/vendedlogs\/apis\/Assay-[\w-]+$/);
  });

  it('takes a share of what AWS gives all APIs of an account, as configured', () => {
    const throttled = (assay: Template) =>
      Object.values(assay.findResources('AWS::ApiGatewayV2::Stage')).map(
        ({ Properties }) => Properties.DefaultRouteSettings,
      );
    expect(throttled(productionStacks().assay)).toEqual([
      { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 },
    ]);
    const config = { ...readConfig(undefined), api: { requestsPerSecond: 20, burst: 40 } };
    expect(throttled(synthesise({ config }).assay)).toEqual([
      { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
    ]);
  });

  it('invokes functions from its own routes alone', () => {
    const permissions = ofType('AWS::Lambda::Permission').filter(
      ([, { Properties }]) => !/^(events|sns)\.amazonaws\.com$/.test(Properties.Principal),
    );
    expect(permissions).toHaveLength(6);
    for (const [id, { Properties }] of permissions) {
      expect(Properties.Principal, id).toBe('apigateway.amazonaws.com');
      expect(Properties.SourceArn, id).toMatch(/^arn:aws:execute-api:eu-central-1:111122223333:/);
    }
  });
});

describe('topics', () => {
  const policyOf = (start: string) =>
    ofType('AWS::SNS::TopicPolicy').find(([id]) => id.startsWith(start))?.[1].Properties
      .PolicyDocument.Statement;

  it('are encrypted and refuse plain HTTP', () => {
    for (const [id, { Properties }] of ofType('AWS::SNS::Topic')) {
      expect(Properties.KmsMasterKeyId, id).toContain('key/TopicKey');
    }
    for (const start of ['TopicsApprovals', 'TopicsAlarms', 'TopicsWarnings', 'TopicsRollbacks']) {
      expect(policyOf(start)).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      );
    }
  });

  it('take what alarms of this account and our rule have to say, and can encrypt it', () => {
    for (const start of ['TopicsAlarms', 'TopicsModels', 'TopicsWarnings', 'TopicsRollbacks']) {
      expect(policyOf(start)).toContainEqual(
        expect.objectContaining({
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish',
          Resource: expect.stringContaining(`:${start}`),
          Condition: {
            ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:*' },
            StringEquals: { 'aws:SourceAccount': '111122223333' },
          },
        }),
      );
    }
    expect(policyOf('TopicsApprovals')).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sns:Publish',
      }),
    );
    const [, key] = ofType('AWS::KMS::Key').find(([id]) => id.startsWith('TopicKey')) ?? [];
    for (const Service of ['cloudwatch.amazonaws.com', 'events.amazonaws.com']) {
      expect(key?.Properties.KeyPolicy.Statement).toContainEqual(
        expect.objectContaining({
          Effect: 'Allow',
          Principal: { Service },
          Action: expect.arrayContaining(['kms:Decrypt']),
        }),
      );
    }
  });
});
