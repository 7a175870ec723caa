import { DirectoryError } from './error.ts';

const pattern = (source: string, flags = 'u'): RegExp => new RegExp(source, flags);

/** Fullwidth and halfwidth forms, and the ideographic space (RFC 8265 3.3.1). U+FFE3 is none of a letter: NFKC makes a space of it. */
const WIDTH_FORMS = /[\u3000\uFF01-\uFFDC\uFFE0-\uFFE2\uFFE4-\uFFEE]/gu;

/** The form in which a name is checked: mapped width, lower case, NFC (RFC 8265 3.3.3). */
const mapped = (name: string): string =>
  name
    .replaceAll(WIDTH_FORMS, (form) => form.normalize('NFKC'))
    .toLowerCase()
    .normalize('NFC');

/** RFC 8264 9.6: exceptions to what the category of a code point decides. */
const FORBIDDEN = pattern(String.raw`[\u0640\u07FA\u302E\u302F\u3031-\u3035\u303B]`);
const PERMITTED = String.raw`\u06FD\u06FE\u0F0B\u3007`;
const OLD_HANGUL = String.raw`[\u1100-\u11FF\uA960-\uA97C\uD7B0-\uD7FB]`;
const IGNORABLE = String.raw`\p{Default_Ignorable_Code_Point}`;

/** RFC 8264 8: IdentifierClass without the code points that depend on what is beside them. */
const IDENTIFIER = pattern(
  String.raw`^(?:(?!${OLD_HANGUL}|${IGNORABLE})[!-~\p{Ll}\p{Lu}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}${PERMITTED}])*$`,
);

const VIRAMA = String.raw`[\u094D\u09CD\u0A4D\u0ACD\u0B4D\u0BCD\u0C4D\u0CCD\u0D3B\u0D3C\u0D4D\u0DCA\u0E3A\u0EBA\u0F84\u1039\u103A\u1714\u1715\u1734\u17D2\u1A60\u1B44\u1BAA\u1BAB\u1BF2\u1BF3\u2D7F\uA806\uA82C\uA8C4\uA953\uA9C0\uAAF6\uABED]`;

/** Letters of the Arabic block that join to the one before them; those that join to the one after them too are fewer. */
const JOINS_BEFORE = String.raw`(?![\u0621\u0674])(?=\p{L})[\u0620-\u06FF]`;
const JOINS_AFTER = String.raw`(?![\u0622-\u0625\u0627\u0629\u062F-\u0632\u0648\u0671-\u0673\u0675-\u0677\u0688-\u0699\u06C0\u06C3-\u06CB\u06CD\u06CF\u06D2\u06D3\u06D5\u06EE\u06EF])${JOINS_BEFORE}`;

/** Where a code point may stand that depends on what is beside it (RFC 5892 appendix A). */
const inContext: readonly RegExp[] = [
  pattern(String.raw`(?<=${VIRAMA})[\u200C\u200D]`, 'gu'),
  pattern(String.raw`(?<=${JOINS_AFTER}\p{Mn}*)\u200C(?=\p{Mn}*${JOINS_BEFORE})`, 'gu'),
  /(?<=l)\u00B7(?=l)/gu,
  /\u0375(?=\p{Script=Greek})/gu,
  /(?<=\p{Script=Hebrew})[\u05F3\u05F4]/gu,
  /(?<=[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}].*)\u30FB|\u30FB(?=.*[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}])/gu,
];
/** Of these `IDENTIFIER` takes some for letters or punctuation of ASCII's kind. */
const OUT_OF_CONTEXT = pattern(String.raw`[\u00B7\u0375\u05F3\u05F4\u200C\u200D\u30FB]`);

const TWO_KINDS_OF_DIGITS = /[\u0660-\u0669].*[\u06F0-\u06F9]|[\u06F0-\u06F9].*[\u0660-\u0669]/u;

/** Classes of RFC 5893 2, of the code points that `IDENTIFIER` has. Unicode reserves ranges for what is written to the left. */
const ARABIC_NUMBER = String.raw`[\u0660-\u0669\u{10D30}-\u{10D39}]`;
const EUROPEAN_NUMBER = String.raw`[0-9\u06F0-\u06F9]`;
const TO_THE_LEFT = String.raw`(?!${ARABIC_NUMBER}|${EUROPEAN_NUMBER})(?=[\p{L}\p{Nd}\u05F3\u05F4])[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]`;
const NEUTRAL = String.raw`[!-\/:-@\[-\x60\{-~\p{Mn}\u200C\u200D]`;
const LAST = `(?:${TO_THE_LEFT}|${ARABIC_NUMBER}|${EUROPEAN_NUMBER})`;

const IS_BIDI = pattern(`${TO_THE_LEFT}|${ARABIC_NUMBER}`);
const BIDI = pattern(String.raw`^${TO_THE_LEFT}(?:(?:${LAST}|${NEUTRAL})*${LAST})?\p{Mn}*$`);
const TWO_KINDS_OF_NUMBERS = pattern(`${ARABIC_NUMBER}.*${EUROPEAN_NUMBER}|${EUROPEAN_NUMBER}.*${ARABIC_NUMBER}`);

const isIdentifier = (part: string): boolean => {
  const rest = inContext.reduce((text, place) => text.replaceAll(place, ''), part);
  return (
    IDENTIFIER.test(rest) && !OUT_OF_CONTEXT.test(rest) && !FORBIDDEN.test(part) && part.normalize('NFKC') === part
  );
};

const isDirected = (part: string): boolean =>
  !IS_BIDI.test(part) || (BIDI.test(part) && !TWO_KINDS_OF_NUMBERS.test(part));

function faultOfPart(part: string): string | undefined {
  if (!isIdentifier(part)) return 'holds a character that a user name may not hold';
  if (TWO_KINDS_OF_DIGITS.test(part)) return 'holds Arabic digits of two kinds';
  return isDirected(part) ? undefined : 'mixes directions of writing';
}

const OUTER_SPACE = /^\s|\s$/u;
const outerSpace = 'must not begin or end with a space';

/**
 * What is wrong with a user name. It consists of parts with spaces between them (RFC 8265 3.5), each of which follows
 * UsernameCaseMapped (RFC 8265 3.3). It is stored as it is written.
 */
export function userNameFault(name: string): string | undefined {
  if (OUTER_SPACE.test(name)) return outerSpace;
  return mapped(name)
    .split(' ')
    .map(faultOfPart)
    .find((fault) => fault !== undefined);
}

/** Controls, format characters and ends of lines. The two joiners are needed to write Persian, and emoji. */
const INVISIBLE = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u;

/** Joiners, fillers and selectors alone: nothing is shown of such a name. */
const UNSEEN = /^[\p{Z}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** What is wrong with a name that is shown: of a group or a tenant. */
export function shownNameFault(name: string): string | undefined {
  if (OUTER_SPACE.test(name)) return outerSpace;
  if (UNSEEN.test(name)) return 'must hold a character that can be seen';
  return INVISIBLE.test(name) ? 'must not hold controls or format characters' : undefined;
}

const faults = { userName: userNameFault, displayName: shownNameFault };

/** Throws when a changed name breaks the rule for its attribute. An old name that stays is accepted. */
export function assertName(attribute: keyof typeof faults, name: string, before?: string): void {
  const message = name === before ? undefined : faults[attribute](name);
  if (message === undefined) return;
  throw new DirectoryError('validation_error', 'Invalid request parameters', {
    issues: [{ path: [attribute], attribute, rule: 'invalid', message }],
  });
}
