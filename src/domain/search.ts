// What a text typed into one field may mean, and how well a thing fits it. Finding rows is store/views/search.ts'.

/** Shorter texts find nothing: nearly everything would fit. */
export const shortestSearch = 2;
export const mostHits = 50;

/** How well it fits, best first; `name` is a whole name that is not the identifier. */
export const fits = { identifier: 1, name: 0.9, beginning: 0.8, within: 0.5 } as const;

/** Trimmed, and without runs of spaces; null when too short. */
export function searchedText(text: string): string | null {
  const trimmed = text.trim().replaceAll(/\s+/g, ' ');
  return [...trimmed].length < shortestSearch ? null : trimmed;
}

export interface Searched {
  readonly identifier: string;
  readonly name: string;
  /** Other texts it is known by. */
  readonly further?: readonly string[];
}

/** 0 to 1 without regard to case; 0: it does not fit. */
export function scoreOf(text: string, { identifier, name, further = [] }: Searched): number {
  const wanted = text.toLowerCase();
  const texts = [identifier, name, ...further].map((each) => each.toLowerCase());
  if (texts[0] === wanted) return fits.identifier;
  if (texts.includes(wanted)) return fits.name;
  if (texts.some((each) => each.startsWith(wanted))) return fits.beginning;
  return texts.some((each) => each.includes(wanted)) ? fits.within : 0;
}

/** The digits of `REQ-1042`, or of a bare `1042`; null when the text is no number of that kind. */
export function numberMeant(text: string, kind: 'REQ' | 'ORD' | 'EXE'): string | null {
  const [, word, digits] = /^(?:([a-z]{3})-)?(\d{1,18})$/i.exec(text) ?? [];
  return digits === undefined || (word !== undefined && word.toUpperCase() !== kind) ? null : digits;
}
