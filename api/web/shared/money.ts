// How many digits of an amount stand after the point: the server's rule (`dispatch/rules/plurals.py`), by ISO 4217. A browser's
// own is another: it counts forints whole, of which the standard and the server count hundredths.
const WHOLE = new Set("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" "));
const THOUSANDTHS = new Set("BHD IQD JOD KWD LYD OMR TND".split(" "));

export function minorDigits(currency: string): number {
  return WHOLE.has(currency) ? 0 : THOUSANDTHS.has(currency) ? 3 : 2;
}

/** What stands in an input: 480000 hundredths are 4800. */
export function amountOf(minor: number, currency: string): number {
  return minor / 10 ** minorDigits(currency);
}

/** And back. */
export function minorOf(amount: number, currency: string): number {
  return Math.round(amount * 10 ** minorDigits(currency));
}

/** The smallest amount there is. */
export function leastOf(currency: string): number {
  return amountOf(1, currency);
}
