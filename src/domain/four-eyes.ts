// Who counts as the same person: two identities of one human, somebody and their delegate, an owner and their service account.
// Owns the comparison and the question whether enough different people are left; what follows from it is approval.ts'.

/** Row id → a name of the natural person behind it. Who is left out has one identity and stands for themselves. */
export type NaturalPeople = ReadonlyMap<string, string>;

export const naturalPerson = (people: NaturalPeople, id: string): string => people.get(id) ?? id;

export const isSamePerson = (people: NaturalPeople, one: string, other: string): boolean =>
  naturalPerson(people, one) === naturalPerson(people, other);

/** True when `id` stands for the same human as one of `others`. */
export const isOneOf = (people: NaturalPeople, id: string, others: readonly (string | null)[]): boolean =>
  others.some((other) => other !== null && isSamePerson(people, id, other));

/** So many different people out of these have to say yes. */
export interface Need {
  readonly candidates: readonly string[];
  readonly count: number;
}

/** True when every need can be met by people who meet no other one, and none of whom is taken. */
export function haveOwnDeciders(needs: readonly Need[], people: NaturalPeople, taken: readonly string[] = []): boolean {
  const busy = new Set(taken.map((id) => naturalPerson(people, id)));
  const places = needs.flatMap(({ candidates, count }) => {
    const free = new Set(candidates.map((id) => naturalPerson(people, id)).filter((name) => !busy.has(name)));
    return Array.from({ length: count }, () => [...free]);
  });
  // Augmenting paths: trying all ways would take too long for quorums.
  const placeOf = new Map<string, number>();
  return places.every((_, place) => seat(place, places, placeOf, new Set()));
}

function seat(
  place: number,
  places: readonly (readonly string[])[],
  placeOf: Map<string, number>,
  tried: Set<string>,
): boolean {
  for (const name of places[place] ?? []) {
    if (tried.has(name)) continue;
    tried.add(name);
    const before = placeOf.get(name);
    if (before === undefined || seat(before, places, placeOf, tried)) {
      placeOf.set(name, place);
      return true;
    }
  }
  return false;
}
