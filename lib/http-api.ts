import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpApi as Api, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { AssayFunction } from './assay-function.ts';
import type { Config } from './config.ts';
import type { Users } from './users.ts';
import { vendedLogGroup } from './vended-log-group.ts';

export interface HttpApiProps {
  readonly config: Config;
  readonly users: Users;
  readonly governance: AssayFunction;
  readonly inference: AssayFunction;
  readonly outcomes: AssayFunction;
  readonly alarms: Alarms;
}

/** The one address of Assay, by ID token throughout: governance, inference in both its forms, and what came of it. */
export class HttpApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { region } = Stack.of(this);
    const { pool, client } = props.users;
    const api = new Api(this, 'Api', {
      description: 'Assay: governance and inference',
      defaultAuthorizer: new HttpJwtAuthorizer(
        'IdToken',
        `https://cognito-idp.${region}.amazonaws.com/${pool.userPoolId}`,
        { jwtAudience: [client.userPoolClientId] },
      ),
      createDefaultStage: true,
    });
    const governance = new HttpLambdaIntegration('Governance', props.governance);
    const inference = new HttpLambdaIntegration('Inference', props.inference);
    const outcomes = new HttpLambdaIntegration('Outcomes', props.outcomes);
    const any = [HttpMethod.ANY];
    api.addRoutes({ path: '/governance/{proxy+}', methods: any, integration: governance });
    api.addRoutes({ path: '/v2', methods: any, integration: inference });
    api.addRoutes({ path: '/v2/{proxy+}', methods: any, integration: inference });
    const path = '/v2/models/{model}/outcomes';
    api.addRoutes({ path, methods: [HttpMethod.POST], integration: outcomes });
    const container = { '/ping': [HttpMethod.GET], '/invocations': [HttpMethod.POST] };
    for (const [path, methods] of Object.entries(container)) {
      api.addRoutes({ path, methods, integration: inference });
    }
    const stage = api.defaultStage?.node.defaultChild as CfnStage;
    this.#logAccess(stage);
    const { requestsPerSecond, burst } = props.config.api;
    stage.defaultRouteSettings = {
      throttlingRateLimit: requestsPerSecond,
      throttlingBurstLimit: burst,
    };
    props.alarms.above(
      'ApiErrors',
      'The API answered more than five requests of five minutes with 5xx',
      api.metricServerError({ period: Duration.minutes(5), statistic: 'Sum' }),
      5,
    );
    this.url = api.apiEndpoint;
  }

  #logAccess(stage: CfnStage): void {
    const log = new LogGroup(this, 'AccessLog', {
      logGroupName: vendedLogGroup(this, 'apis'),
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    stage.accessLogSettings = {
      destinationArn: log.logGroupArn,
      format: JSON.stringify({
        requestId: '$context.requestId',
        at: '$context.requestTime',
        route: '$context.routeKey',
        status: '$context.status',
        latencyMs: '$context.responseLatency',
        subject: '$context.authorizer.claims.sub',
        error: '$context.error.message',
      }),
    };
  }
}
