import type { Style } from '../output.ts';
import type { Verification } from '../verification.ts';

export const verificationView =
  (subject: string) =>
  ({ outcome, reason, digest, files, key }: Verification, { colors }: Style): string => {
    const paint = { verified: colors.green, invalid: colors.red, unsupported: colors.yellow };
    return [
      `${paint[outcome](outcome)}  ${subject}`,
      ...(reason ? [`  reason  ${reason}`] : []),
      ...(digest ? [`  digest  ${digest}`, `  files   ${files}`] : []),
      `  key     ${key.hint} (from ${key.from})`,
    ].join('\n');
  };
