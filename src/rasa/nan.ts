const words = /"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)/gs;

/** JSON as Python writes it, with null for the numbers that JSON has no word for; other text comes back as it is. */
export function withoutNaN(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text;
  return text.replace(words, (word) => (word.startsWith('"') ? word : 'null'));
}
