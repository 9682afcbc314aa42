import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { ShadowFunction } from '#aws/shadow-function.ts';

const lambda = mockClient(LambdaClient);
beforeEach(() => {
  lambda.reset();
});

it('hands a copy over without waiting for what comes of it', async () => {
  lambda.on(InvokeCommand).resolves({ StatusCode: 202 });
  await new ShadowFunction('arn:shadow', new LambdaClient({})).send('{"tenant":"acme"}');
  const [
    {
      args: [command],
    } = { args: [] },
  ] = lambda.commandCalls(InvokeCommand);
  expect(command?.input).toMatchObject({ FunctionName: 'arn:shadow', InvocationType: 'Event' });
  expect(new TextDecoder().decode(command?.input.Payload as Uint8Array)).toBe('{"tenant":"acme"}');
});

it('tells when Lambda has not taken it', async () => {
  lambda.on(InvokeCommand).rejects(new Error('throttled'));
  const shadow = new ShadowFunction('arn:shadow', new LambdaClient({}));
  await expect(shadow.send('{}')).rejects.toThrow('throttled');
});
