import * as z from 'zod/mini';

const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.optional(z.record(z.string(), z.unknown())) }),
  ),
});

export type Template = z.infer<typeof Template>;

export const parseTemplate = (text: string): Template => Template.parse(JSON.parse(text));

/** What a deployed stack has made of its template's references. */
export interface Deployed {
  /** Logical id → physical id. */
  readonly physicalIds: Readonly<Record<string, string>>;
  /** Logical id → resource type. */
  readonly types: Readonly<Record<string, string>>;
  /** Exports of all the stacks: name → value. */
  readonly exports: Readonly<Record<string, string>>;
  /** Of a key's ARN: `arn:aws:kms:<region>:<account>:key/`. */
  readonly keyArnPrefix: string;
}

const Reference = z.union([
  z.string(),
  z.strictObject({ Ref: z.string() }),
  z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
  z.strictObject({ 'Fn::ImportValue': z.string() }),
]);

/**
 * The value a template's expression has in the deployed stack: of text, Ref, the ARN of a KMS
 * key, or an import, which is all that the settings we restore refer by.
 *
 * @throws Error naming the expression, when it is another one or refers to nothing deployed.
 */
export function resolve(expression: unknown, deployed: Deployed): string {
  const parsed = Reference.safeParse(expression);
  if (!parsed.success)
    throw unresolved(expression, 'expected text, Ref, GetAtt Arn or ImportValue');
  const reference = parsed.data;
  if (typeof reference === 'string') return reference;
  if ('Fn::ImportValue' in reference) {
    const exported = deployed.exports[reference['Fn::ImportValue']];
    if (exported === undefined) throw unresolved(expression, 'no stack exports that name');
    return exported;
  }
  const logicalId = 'Ref' in reference ? reference.Ref : reference['Fn::GetAtt'][0];
  const physicalId = deployed.physicalIds[logicalId];
  if (physicalId === undefined) throw unresolved(expression, 'the stack has no such resource');
  if ('Ref' in reference) return physicalId;
  if (deployed.types[logicalId] !== 'AWS::KMS::Key') {
    throw unresolved(expression, `${logicalId} is no KMS key`);
  }
  return `${deployed.keyArnPrefix}${physicalId}`;
}

const unresolved = (expression: unknown, why: string): Error =>
  new Error(`cannot resolve ${JSON.stringify(expression)} in the synthesised template: ${why}`);
