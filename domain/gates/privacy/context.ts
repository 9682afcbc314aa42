import type { PiiKind } from './kinds.ts';

/** Characters before and after a match in which words speak about it. */
const BEFORE = 60;
const AFTER = 24;

/**
 * Words that say what stands beside them, in several languages, without accents; a blank stands
 * for whatever separates words.
 */
const WORDS: Partial<Record<PiiKind, readonly string[]>> = {
  phone: [
    'phone|telephone|phone ?number|phone no|tel|mobile|cellphone|cell phone|cell number|fax',
    'whatsapp|msisdn|handy|handynummer|telefon|telefonnummer|rufnummer|telefono|movil|celular',
    'telefone|cellulare|komorka|portable',
  ],
  'person-name': [
    'first name|last name|full name|middle name|maiden name|given names?|family name|surname',
    'forename|firstname|lastname|fullname|patient name|customer name|employee name|person name',
    'client name|contact name|account holder|cardholder|cardholder name|vorname|nachname',
    'prenom|nom de famille|apellidos?|cognome|imie|nazwisko',
  ],
  'street-address': [
    '(?<!(?:ip|mac|mail|web|url|memory|hardware|physical|wallet|host|remote|network) )address',
    'street|street address|home addr|residence|resid(?:es|ing) at|liv(?:es?|ing) (?:at|on|in)',
    'ship to|shipping|billing|home|adresse|anschrift|wohnhaft|strasse|domicile|habite|direccion',
    'domicilio|indirizzo|residente|adres|zamieszkal[ay]|address ?(?:line ?)?[123]',
  ],
  'date-of-birth': [
    'birth|birth ?date|date of birth|born|dob|d o b|birthday|geboren|geburtsdatum|geb',
    'naissance|nee? le|nacimiento|nacid[oa]|nascita|nat[oa] il|urodzeni[ae]|urodzon[ya]',
  ],
  'credit-card': [
    'cards?|card ?number|pan|cc|cc num(?:ber)?|visa|mastercard|maestro|amex|american express',
    'diners|discover|kreditkarte|karten ?nr|kartennummer|carte|tarjeta|carta di credito|cartao|karta',
  ],
  'crypto-wallet': ['wallet|ethereum|eth|ether|crypto'],
  'us-ssn': ['ssn|ssns|social security|soc sec|ss number|taxpayer|itin'],
  'es-nif': [
    'nif|dni|nie|dni nie|documento nacional|documento de identidad|identidad|numero de identidad',
    'identificacion|identificacion fiscal|num(?:ero)? fiscal|spanish id|tax id',
  ],
  'uk-nhs': ['nhs|national health service|health service number'],
  'de-tax-id': [
    'steuer ?id|steuer ?id ?nr|id ?nr|steueridentifikationsnummer|steuerliche identifikationsnummer',
    'tin|tax id|identifikationsnummer',
  ],
  'de-id-card': ['personalausweis|personalausweisnummer|ausweis|ausweisnummer|ausweis nr|id card'],
  'pl-pesel': ['pesel'],
  'in-aadhaar': ['aadhaar|aadhar|uidai|uid number'],
  passport: [
    'passport|passport ?number|passport no|travel document|reisepass|pass nr|passnummer',
    'passeport|pasaporte|passaporto|paszport|paszportu',
  ],
  'ip-address': ['ip|ips|ip ?addr|ip ?address|ipv4|host|client ip|remote addr|server|dns|gateway'],
  'mac-address': ['mac|mac ?address|hardware address|physical address|ethernet|bssid'],
  'aws-secret-key': ['aws|secret|secret ?key|secret ?access ?key|amazon'],
};

/** Words of sentences, which say nothing as the name of a column: `call_id`. */
const SPOKEN: typeof WORDS = {
  phone: ['call|called|calling|dial|text me|texted|sms|messages? to|answering|reach (?:me|us)'],
};

const patternsOf = (words: typeof WORDS) =>
  new Map(
    Object.entries(words).map(([kind, lines]) => [
      kind as PiiKind,
      new RegExp(`(?<![\\p{L}\\d])(?:${lines.join('|')})(?![\\p{L}\\d])`, 'u'),
    ]),
  );
const PATTERNS = patternsOf(WORDS);
const SPOKEN_PATTERNS = patternsOf(SPOKEN);

/** Small letters without accents, words by single blanks: `customerPhone_No` is `customer phone no`. */
const normalised = (text: string): string =>
  text
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[^\p{L}\d]+/gu, ' ');

/** Kinds that the name of a column, a field or a metadata key announces. */
export function announced(name: string): ReadonlySet<PiiKind> {
  const words = normalised(name);
  return new Set([...PATTERNS].filter(([, pattern]) => pattern.test(words)).map(([kind]) => kind));
}

/** Whether words beside a match say that it is of this kind. */
export function hasContext(text: string, kind: PiiKind, start: number, end: number): boolean {
  const patterns = [PATTERNS.get(kind), SPOKEN_PATTERNS.get(kind)];
  if (!patterns[0]) return false;
  const before = normalised(text.slice(Math.max(0, start - BEFORE), start));
  const after = normalised(text.slice(end, end + AFTER));
  return patterns.some((pattern) => pattern?.test(before) || pattern?.test(after));
}
