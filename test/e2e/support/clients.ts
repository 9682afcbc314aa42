import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';

const { endpoint } = inject('cloud');
const options = {
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};

export const s3 = new S3Client(options);
export const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(options));
export const lambda = new LambdaClient(options);
export const sfn = new SFNClient(options);
