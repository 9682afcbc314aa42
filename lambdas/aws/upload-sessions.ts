import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Person } from '#domain/access/person.ts';
import { type Upload, uploadPrefix } from '#domain/registry/upload-key.ts';

/** One hour: a resumed upload asks for a new session. */
const SESSION_SECONDS = 3600;

export interface UploadSession {
  /** `aws:userid` of the session, `<role id>:<session name>`. */
  readonly principal: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
    /** ISO 8601, UTC. */
    readonly expiration: string;
  };
}

/** Vends credentials that may write below one upload prefix and do nothing else. */
export class UploadSessions {
  readonly #roleArn: string;
  readonly #bucketArn: string;
  readonly #sts: STSClient;

  constructor(roleArn: string, bucketArn: string, sts = new STSClient({})) {
    this.#roleArn = roleArn;
    this.#bucketArn = bucketArn;
    this.#sts = sts;
  }

  async open(
    person: Pick<Person, 'id' | 'tenant'>,
    upload: Omit<Upload, 'principal'>,
  ): Promise<UploadSession> {
    // The session's own id is known only once it exists, so its policy says it by variable.
    const prefix = uploadPrefix({ ...upload, principal: `\${aws:userid}` });
    const { Credentials: c, AssumedRoleUser } = await this.#sts.send(
      new AssumeRoleCommand({
        RoleArn: this.#roleArn,
        // Person ids are unique within a tenant; the session's name becomes part of its principal.
        RoleSessionName: `${person.id}@${person.tenant}`,
        DurationSeconds: SESSION_SECONDS,
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
              Resource: `${this.#bucketArn}/${prefix}*`,
            },
            { Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: '*' },
          ],
        }),
      }),
    );
    if (
      !c?.AccessKeyId ||
      !c.SecretAccessKey ||
      !c.SessionToken ||
      !AssumedRoleUser?.AssumedRoleId
    ) {
      throw new Error(`STS returned no session for ${this.#roleArn}`);
    }
    return {
      principal: AssumedRoleUser.AssumedRoleId,
      credentials: {
        accessKeyId: c.AccessKeyId,
        secretAccessKey: c.SecretAccessKey,
        sessionToken: c.SessionToken,
        expiration: (c.Expiration ?? new Date()).toISOString(),
      },
    };
  }
}
