import {
  InvokeEndpointCommand,
  ModelError,
  SageMakerRuntimeClient,
  ValidationError,
} from '@aws-sdk/client-sagemaker-runtime';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { SageMakerEndpoints } from '#aws/sagemaker-endpoints.ts';

const sagemaker = mockClient(SageMakerRuntimeClient);
const invocation = { endpoint: 'churn', targetVariant: 'green', body: '{}', deadlineMs: 5000 };
const invoke = (deadlineMs = 5000) =>
  new SageMakerEndpoints(new SageMakerRuntimeClient({ region: 'eu-west-1' })).invoke({
    ...invocation,
    deadlineMs,
  });

beforeEach(() => sagemaker.reset());

describe('an endpoint of SageMaker', () => {
  it('is asked for the variant that the route names, never by the weights of its own', async () => {
    const text = '{"outputs":[]}';
    const Body = Object.assign(Buffer.from(text), { transformToString: () => text });
    sagemaker.on(InvokeEndpointCommand).resolves({ Body });
    expect(await invoke()).toEqual({ outcome: 'answered', text: '{"outputs":[]}' });
    expect(sagemaker.commandCalls(InvokeEndpointCommand)[0]?.args[0].input).toEqual({
      EndpointName: 'churn',
      TargetVariant: 'green',
      ContentType: 'application/json',
      Accept: 'application/json',
      Body: Buffer.from('{}'),
    });
  });

  it('tells what its container refused from what it failed at', async () => {
    const of = (OriginalStatusCode: number) =>
      new ModelError({ $metadata: {}, message: 'm', OriginalStatusCode, OriginalMessage: 'x = 3' });
    sagemaker.on(InvokeEndpointCommand).rejectsOnce(of(400)).rejectsOnce(of(500));
    expect(await invoke()).toEqual({ outcome: 'refused', said: 'x = 3' });
    expect(await invoke()).toEqual({ outcome: 'failed', reason: 'its container answered 500' });
  });

  it('fails by name for what the service says', async () => {
    sagemaker
      .on(InvokeEndpointCommand)
      .rejects(new ValidationError({ $metadata: {}, message: 'variant not found' }));
    expect(await invoke()).toEqual({ outcome: 'failed', reason: 'ValidationError' });
  });

  it('is given up on at the deadline', async () => {
    sagemaker.on(InvokeEndpointCommand).callsFake(async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      throw new DOMException('aborted', 'AbortError');
    });
    expect(await invoke(20)).toEqual({ outcome: 'late' });
  });
});
