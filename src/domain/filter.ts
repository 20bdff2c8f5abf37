// What a list can be asked for: typed comparisons joined by and, or, not. Ids are row ids or identifiers here;
// turning global ids into them is the resolvers' business, turning all of it into SQL is store/views/filter.ts'.

export interface TextComparison {
  readonly eq?: string | null;
  readonly neq?: string | null;
  readonly in?: readonly string[] | null;
  readonly nin?: readonly string[] | null;
  /** Anywhere, without regard to case. */
  readonly contains?: string | null;
  /** Without regard to case. */
  readonly startsWith?: string | null;
  readonly isNull?: boolean | null;
}

export interface IdComparison {
  readonly eq?: string | null;
  readonly in?: readonly string[] | null;
  readonly nin?: readonly string[] | null;
  readonly isNull?: boolean | null;
}

export interface InstantComparison {
  readonly gt?: Date | null;
  readonly gte?: Date | null;
  readonly lt?: Date | null;
  readonly lte?: Date | null;
  /** ISO 8601 duration relative to the database's now, e.g. `-P7D`: not earlier than that. */
  readonly since?: string | null;
  readonly isNull?: boolean | null;
}

/** Calendar days, ISO. */
export interface DayComparison {
  readonly eq?: string | null;
  readonly gt?: string | null;
  readonly gte?: string | null;
  readonly lt?: string | null;
  readonly lte?: string | null;
  readonly isNull?: boolean | null;
}

/** A filter that holds others of its kind: every condition of one level must hold, with all of `and` and one of `or`. */
export interface FilterTree<Filter> {
  readonly and?: readonly Filter[] | null;
  readonly or?: readonly Filter[] | null;
  readonly not?: Filter | null;
}
