/** Reach help from wherever they are dialled, also where a country has others of its own (3GPP TS 22.101 section 10.1). */
const EVERYWHERE = ['112', '911', '999', '000', '08'];

/** What a country has besides, by its ISO 3166 code (national numbering plans, ITU-T E.129). */
const BY_COUNTRY: Readonly<Record<string, readonly string[]>> = {
  AR: ['100', '101', '103', '107'],
  AT: ['122', '133', '140', '141', '142', '144', '147'],
  AU: ['106'],
  BE: ['100', '101', '102', '103', '107', '110', '116000'],
  BR: ['190', '191', '192', '193', '194', '197', '198', '199'],
  CH: ['117', '118', '143', '144', '145', '147', '1414'],
  CL: ['131', '132', '133', '134', '136', '137'],
  CN: ['110', '119', '120', '122'],
  CZ: ['150', '155', '156', '158'],
  DE: ['110', '115', '116117'],
  DK: ['114'],
  EG: ['122', '123', '180'],
  ES: ['016', '061', '062', '080', '085', '091', '092'],
  FR: ['15', '17', '18', '110', '114', '115', '119', '191', '196', '197'],
  GB: ['101', '105', '111', '116123'],
  GR: ['100', '108', '166', '199'],
  HU: ['104', '105', '107'],
  ID: ['110', '113', '118', '119'],
  IE: ['116123'],
  IL: ['100', '101', '102', '103', '104'],
  IN: ['100', '101', '102', '104', '108', '1091', '1098'],
  IT: ['113', '114', '115', '117', '118'],
  JP: ['110', '118', '119', '171', '189'],
  KR: ['110', '111', '113', '117', '118', '119', '122'],
  LU: ['113'],
  MX: ['060', '065', '066', '068', '080', '089'],
  NL: ['0900112', '116117'],
  NO: ['110', '113'],
  NZ: ['105', '111'],
  PL: ['986', '987', '991', '992', '993', '994', '997', '998', '999'],
  PT: ['115', '117'],
  RO: ['981'],
  RU: ['01', '02', '03', '04', '101', '102', '103', '104'],
  SG: ['993', '995', '999'],
  TR: ['110', '155', '156', '158', '177'],
  UA: ['101', '102', '103', '104'],
  US: ['988', '933'],
  CA: ['988', '211'],
  ZA: ['107', '10111', '10177'],
};

/** What people dial before a number: an outside line, or nothing. */
const OUTSIDE_LINE = /^[09]/;
const INTERNATIONAL = /^(?:00|011)/;

/**
 * Whether these digits reach an emergency service, also behind an outside line, an international prefix or the country's
 * own code, as some switches let them through.
 * @param digits ASCII, without plus @param callingCode of the home country, without plus
 */
export function isEmergencyNumber(
  digits: string,
  homeCountry: string | undefined,
  callingCode: string | undefined,
): boolean {
  const ofHome = homeCountry === undefined ? [] : (BY_COUNTRY[homeCountry] ?? []);
  const known = new Set([...EVERYWHERE, ...ofHome]);
  return spellings(digits, callingCode).some((spelling) => known.has(spelling));
}

function spellings(digits: string, callingCode: string | undefined): string[] {
  const bare = digits.replace(INTERNATIONAL, '');
  const national = [bare, digits].flatMap((text) =>
    callingCode !== undefined && text.startsWith(callingCode) ? [text.slice(callingCode.length)] : [],
  );
  return [digits, bare, ...national].flatMap((text) => [text, text.replace(OUTSIDE_LINE, '')]);
}
