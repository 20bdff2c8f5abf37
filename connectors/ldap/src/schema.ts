// The schema a directory publishes (RFC 4512, 4.1-4.2): which attributes and object classes there are.
// Owns reading its definitions; what is made of them is in layout.ts.

export interface AttributeType {
  readonly name: string;
  /** Number (OID) of the syntax, inherited ones included; null when it is not said. */
  readonly syntax: string | null;
  readonly isSingleValued: boolean;
  /** The server alone writes it. */
  readonly isReadOnly: boolean;
  readonly isOperational: boolean;
}

export interface ObjectClass {
  readonly name: string;
  readonly superior: readonly string[];
  readonly must: readonly string[];
  readonly may: readonly string[];
}

export interface DirectorySchema {
  /** The type of an attribute by any of its names, whatever the case. */
  attribute(name: string): AttributeType | null;
  objectClass(name: string): ObjectClass | null;
}

/** Words of a definition: names, quoted texts and brackets. */
const words = /'[^']*'|[()]|[^\s()']+/g;

/** Keyword → its words; a keyword without any is there with none. */
type Definition = ReadonlyMap<string, readonly string[]>;

export function parseSchema(attributeTypes: readonly string[], objectClasses: readonly string[]): DirectorySchema {
  const attributes = byName(attributeTypes.map(parseDefinition));
  const classes = byName(objectClasses.map(parseDefinition));
  return {
    attribute: (name) => toAttributeType(attributes, name),
    objectClass: (name) => toObjectClass(classes.get(name.toLowerCase())),
  };
}

function parseDefinition(text: string): Definition {
  const [, oid = '', ...rest] = text.match(words) ?? [];
  const definition = new Map<string, string[]>([['OID', [oid]]]);
  let values: string[] = [];
  let depth = 0;
  for (const word of rest) {
    if (word === '(') depth += 1;
    else if (word === ')') depth -= 1;
    else if (depth === 0 && /^[A-Z][A-Z-]+$/.test(word) && isKeyword(word)) {
      values = [];
      definition.set(word, values);
    } else if (word !== '$') values.push(word.replaceAll("'", ''));
  }
  return definition;
}

function isKeyword(word: string): boolean {
  return /^(NAME|DESC|OBSOLETE|SUP|EQUALITY|ORDERING|SUBSTR|SYNTAX|SINGLE-VALUE|COLLECTIVE|NO-USER-MODIFICATION|USAGE|ABSTRACT|STRUCTURAL|AUXILIARY|MUST|MAY|X-.*)$/.test(
    word,
  );
}

function byName(definitions: readonly Definition[]): ReadonlyMap<string, Definition> {
  return new Map(
    definitions.flatMap((definition) =>
      [...(definition.get('NAME') ?? []), ...(definition.get('OID') ?? [])].map(
        (name) => [name.toLowerCase(), definition] as const,
      ),
    ),
  );
}

function toAttributeType(attributes: ReadonlyMap<string, Definition>, name: string): AttributeType | null {
  const definition = attributes.get(name.toLowerCase());
  if (definition === undefined) return null;
  return {
    name: definition.get('NAME')?.[0] ?? name,
    syntax: syntaxOf(attributes, definition),
    isSingleValued: definition.has('SINGLE-VALUE'),
    isReadOnly: definition.has('NO-USER-MODIFICATION'),
    isOperational: definition.has('USAGE') && definition.get('USAGE')?.[0] !== 'userApplications',
  };
}

function syntaxOf(attributes: ReadonlyMap<string, Definition>, definition: Definition, depth = 0): string | null {
  const [syntax] = definition.get('SYNTAX') ?? [];
  if (syntax !== undefined) return syntax.replace(/\{\d+\}$/, '');
  const superior = attributes.get(definition.get('SUP')?.[0]?.toLowerCase() ?? '');
  // Deeper than any real schema: one whose attributes descend from each other.
  return superior === undefined || depth > 20 ? null : syntaxOf(attributes, superior, depth + 1);
}

function toObjectClass(definition: Definition | undefined): ObjectClass | null {
  if (definition === undefined) return null;
  return {
    name: definition.get('NAME')?.[0] ?? '',
    superior: definition.get('SUP') ?? [],
    must: definition.get('MUST') ?? [],
    may: definition.get('MAY') ?? [],
  };
}

/** Attributes that entries of these classes must and may have, inherited ones included; null for an unknown class. */
export function attributesOfClasses(
  schema: DirectorySchema,
  classes: readonly string[],
): { readonly must: readonly string[]; readonly may: readonly string[] } | { readonly unknownClass: string } {
  const seen = new Map<string, ObjectClass>();
  const open = [...classes];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name.toLowerCase())) continue;
    const found = schema.objectClass(name);
    if (found === null) return { unknownClass: name };
    seen.set(name.toLowerCase(), found);
    open.push(...found.superior);
  }
  const all = [...seen.values()];
  return { must: all.flatMap((found) => found.must), may: all.flatMap((found) => found.may) };
}
