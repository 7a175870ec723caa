import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldKey } from './key.ts';
import { shownNameFault, userNameFault } from './name.ts';

describe('user names', () => {
  const permitted: readonly [name: string, why: string][] = [
    ['ada', 'ASCII'],
    ['Ada.Lovelace+tag@example.com', 'an e-mail address'],
    ['EXAMPLE\\ada', 'a Windows domain'],
    ['guest_example.com#EXT#@tenant.onmicrosoft.com', 'a guest of Entra ID'],
    ['ada lovelace', 'an inner space (RFC 8265 3.5)'],
    ['ada  king lovelace', 'several inner spaces'],
    ['ａｄａ', 'fullwidth letters, whose width is mapped'],
    ['ｱﾀﾞ', 'halfwidth katakana'],
    ['ada\u3000lovelace', 'an ideographic space inside'],
    ['zoe\u0308', 'a combining mark'],
    ['Straße', 'RFC 8265 3.6 example 6'],
    ['fussball', 'RFC 8265 3.6 example 4'],
    ['π', 'RFC 8265 3.6 example 7'],
    ['Σ', 'RFC 8265 3.6 example 8'],
    ['ΝΙΚΟΣ', 'Greek capitals'],
    ['νικος', 'Greek with sigma'],
    ['νικος with ς', 'final sigma'],
    ['иван', 'Cyrillic'],
    ['аda', 'two scripts in one part'],
    ['山田', 'Han'],
    ['アダ・ラブレス', 'a katakana middle dot among katakana'],
    ['col·legi', 'a middle dot between two l'],
    ['할머니', 'Hangul syllables'],
    ['דנה', 'Hebrew'],
    ['צ״ל', 'gershayim after Hebrew'],
    ['محمد1', 'Arabic, and a European number at its end'],
    ['محمد١', 'Arabic, and an Arabic number'],
    ['نامه\u200Cای', 'a non-joiner between joining letters (RFC 5892 A.1)'],
    ['क्\u200Dष', 'a joiner after a virama (RFC 5892 A.2)'],
    ['सदस्य', 'Devanagari'],
    ['ada 山田 דנה', 'parts of different directions'],
    ['〇', 'RFC 8264 9.6'],
  ];
  test.each(permitted)('%j is permitted: %s', (name) => {
    expect(userNameFault(name)).toBeUndefined();
  });

  test.each<[name: string, why: string]>([
    [' ada', 'a space before'],
    ['ada ', 'a space after'],
    ['\u3000ada', 'an ideographic space before'],
    ['ada\u00A0lovelace', 'a no-break space'],
    ['ada\u2003lovelace', 'an em space'],
    ['ada\uFFE3', 'a fullwidth macron, of which NFKC makes a space and an accent'],
    ['\uFFE3ada', 'a fullwidth macron before'],
    ['ada\tlovelace', 'a tab'],
    ['ada\nlovelace', 'a line feed'],
    ['ada\u0000', 'U+0000'],
    ['ada\u007F', 'U+007F'],
    ['ada\u0085', 'a C1 control'],
    ['ada\u00ADlovelace', 'a soft hyphen'],
    ['ada\u200B', 'a zero width space'],
    ['ada\u200Dlovelace', 'a joiner that joins nothing'],
    ['ada\u200Clovelace', 'a non-joiner between Latin letters'],
    ['دا\u200Cدا', 'a non-joiner after a letter that does not join'],
    ['ada\u2028', 'a line separator'],
    ['\u202Eada', 'a bidi override'],
    ['ada\u2066x\u2069', 'bidi isolates'],
    ['\uFEFFada', 'a byte order mark'],
    ['ada\uFE0F', 'a variation selector'],
    ['ada\u{E0041}', 'a tag character'],
    ['henry\u2163', 'RFC 8265 3.6 example 11: a Roman numeral'],
    ['\u265A', 'RFC 8265 3.6 example 12: a symbol'],
    ['ﬁona', 'a ligature'],
    ['x²', 'a superscript'],
    ['№1', 'a compatibility symbol'],
    ['ada👍', 'an emoji'],
    ['ada€', 'a currency sign'],
    ['“ada”', 'quotation marks'],
    ['a·da', 'a middle dot that is not between two l'],
    ['·', 'a middle dot alone'],
    ['a・b', 'a katakana middle dot without kana'],
    ['a\u0375b', 'a keraia before Latin'],
    ['a״', 'gershayim after Latin'],
    ['مـحمد', 'a tatweel'],
    ['\u1100\u1161\u11A8\u1112'.normalize('NFD') + '\u1160', 'an old Hangul jamo'],
    ['محمد١۲', 'Arabic digits of two kinds'],
    ['محمد1١', 'European and Arabic numbers'],
    ['דנהada', 'Hebrew, then Latin'],
    ['adaדנה', 'Latin, then Hebrew'],
    ['1דנה', 'a number before Hebrew'],
    ['דנה-', 'a hyphen after Hebrew'],
    ['دנה@example.com', 'a Latin domain after Hebrew'],
    ['\u0378', 'an unassigned code point'],
    ['\uFDD0', 'a noncharacter'],
    ['\uE000', 'a private use code point'],
  ])('%j is rejected: %s', (name) => {
    expect(userNameFault(name)).toEqual(expect.any(String));
  });

  const anyName = fc
    .array(
      fc.oneof(
        fc.constantFrom(...permitted.flatMap(([name]) => Array.from(name))),
        fc.string({ unit: 'binary', maxLength: 1 }),
        fc.constantFrom('Σ', 'ς', 'İ', 'ẞ', 'ｶ', 'ﾞ', '\u0345', '\u1FBC', '\u0130', '\u{10D30}'),
      ),
      { minLength: 1, maxLength: 8 },
    )
    .map((characters) => characters.join(''));

  test('the key of a permitted name is a permitted name, with itself as its key', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        fc.pre(userNameFault(name) === undefined);
        const key = foldKey(name);
        expect([foldKey(key), userNameFault(key)]).toEqual([key, undefined]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('keys', () => {
  test.each([
    ['ΝΙΚΟΣ', 'νικος'],
    ['νικοσ', 'νικος'],
    ['ΝΙΚΟΣ ΣΑΣ', 'νικος σας'],
    ['ａｄａ', 'ADA'],
    ['ZOE\u0308', 'zoë'],
  ])('%s and %s have one', (left, right) => {
    expect(foldKey(left)).toBe(foldKey(right));
  });

  test.each([
    ['straße', 'strasse'],
    ['ı', 'i'],
    ['æ', 'ae'],
    ['ü', 'ue'],
    ['а', 'a'],
  ])('%s and %s have two', (left, right) => {
    expect(foldKey(left)).not.toBe(foldKey(right));
  });
});

describe('names of groups and tenants', () => {
  test.each(['Sales', 'Sales – “EMEA” 👨‍👩‍👧', 'کتاب\u200Cخانه', 'דנה ada', 'a/b\\c', 'é'])('%j is permitted', (name) => {
    expect(shownNameFault(name)).toBeUndefined();
  });

  test.each([
    ' Sales',
    'Sales\u00A0',
    'Sa\tles',
    'Sa\u0000les',
    'Sa\u0085',
    '\u202EselaS',
    'Sa\u2066les',
    '\uFEFFSales',
    'Sa\u200Bles',
    'Sa\u2028les',
    'Sa\uFFFE',
    '\u200D',
    '\u3164\uFE0F',
    '\u2800',
  ])('%j is rejected', (name) => {
    expect(shownNameFault(name)).toEqual(expect.any(String));
  });
});
