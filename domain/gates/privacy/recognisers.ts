import type { Recogniser } from './recogniser.ts';
import { CONTACT } from './recognisers/contact.ts';
import { NATIONAL_IDS } from './recognisers/national-ids.ts';
import { NETWORK } from './recognisers/network.ts';
import { PAYMENT } from './recognisers/payment.ts';
import { PERSON } from './recognisers/person.ts';
import { SECRETS } from './recognisers/secrets.ts';
import { WALLET } from './recognisers/wallet.ts';

export const RECOGNISERS: readonly Recogniser[] = [
  ...CONTACT,
  ...PAYMENT,
  ...WALLET,
  ...NATIONAL_IDS,
  ...NETWORK,
  ...PERSON,
  ...SECRETS,
];
