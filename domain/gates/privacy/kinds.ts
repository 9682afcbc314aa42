/** What a recogniser can find, in the order that findings are told. */
export const PII_KINDS = [
  'email',
  'phone',
  'person-name',
  'street-address',
  'date-of-birth',
  'credit-card',
  'iban',
  'crypto-wallet',
  'us-ssn',
  'uk-nhs',
  'de-tax-id',
  'de-social-security',
  'de-id-card',
  'fr-nir',
  'es-nif',
  'it-fiscal-code',
  'pl-pesel',
  'in-aadhaar',
  'passport',
  'ip-address',
  'mac-address',
  'url-credentials',
  'aws-access-key',
  'aws-secret-key',
  'api-key',
  'private-key',
  'jwt',
] as const;
export type PiiKind = (typeof PII_KINDS)[number];

/** Kinds of which one is too many, however large the column: whoever reads it can use it. */
export const SECRET_KINDS: ReadonlySet<PiiKind> = new Set([
  'url-credentials',
  'aws-access-key',
  'aws-secret-key',
  'api-key',
  'private-key',
  'jwt',
]);
