// Pieces that shapes of the configuration files are made of: names, references, expressions, criteria.
import { z } from 'zod';

export const identifierShape = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
    'expected letters, digits, “-”, “_” or “.”, at most 100, starting with a letter or digit',
  );
export const identifier = identifierShape.describe(
  'Unique name for machines; never changed once in use. Letters, digits, `-`, `_`, `.`.',
);
export const displayName = z.string().min(1).max(200).describe('Name for people.');
export const reference = (to: string) => identifierShape.describe(`Identifier of ${to}.`);
export const optionalReference = (to: string) =>
  identifierShape.nullable().default(null).describe(`Identifier of ${to}; null: none.`);
export const expression = (meaning: string) => z.string().min(1).max(2000).describe(meaning);
export const policy = reference('a policy')
  .optional()
  .describe('Identifier of a policy. Default: the only one, where there is just one.');
export const when = z
  .string()
  .min(1)
  .max(2000)
  .nullable()
  .default(null)
  .describe('CEL over `person`, `roles` and `today`: to whom the rule applies. Default: to everybody.');
export const criterion = z.union(
  [
    z.string().min(1),
    z.array(z.string().min(1)).min(1),
    z.strictObject({
      under: z
        .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
        .describe('Values that count with all below them.'),
    }),
  ],
  { error: 'expected a value, a list of values, or under: with one or more values' },
);
export const context = z
  .record(identifierShape, criterion)
  .default({})
  .describe(
    'Dimension → value, list of values, or `under:` values with all below them. All must hold in one context of the person. Default: every context.',
  );
export const timeOffset = z
  .strictObject({
    mode: z
      .enum(['AROUND', 'BEFORE', 'AFTER'])
      .default('AROUND')
      .describe(
        'AROUND: `before` moves the first day, `after` the last. BEFORE: both count from the first day. AFTER: both from the last.',
      ),
    before: z.int().min(-3_650).max(3_650).default(0).describe('Days; negative is earlier.'),
    after: z.int().min(-3_650).max(3_650).default(0).describe('Days; negative is earlier.'),
  })
  .nullable()
  .default(null)
  .describe('Moves the period in which the rule applies. Default: null, that of the assignment.');
export const days = (meaning: string) => z.int().min(0).max(36_500).describe(meaning);
export const confidencePercent = z.int().min(1).max(100).default(100);
export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const role = reference('a role')
  .nullable()
  .default(null)
  .describe('Applies only to holders of this role. Default: null, to everybody.');
export const priority = z.int().min(0).max(1_000_000).default(100).describe('The lowest number wins.');
export const percent = z.int().min(0).max(100);
export const count = z.int().min(0).max(1_000_000_000);

/** CEL reads a property by its name: it must be one word and none of CEL's own. */
export const propertyName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'expected a letter, then letters, digits or “_”, at most 63')
  .refine((name) => !reservedWords.has(name), 'this word is reserved by the expression language')
  .describe('Name of the property in rules and in the API: a letter, then letters, digits or `_`.');
const reservedWords: ReadonlySet<string> = new Set([
  'as',
  'break',
  'const',
  'constructor',
  'continue',
  'else',
  'false',
  'for',
  'function',
  'if',
  'import',
  'in',
  'let',
  'loop',
  'namespace',
  'null',
  'package',
  'prototype',
  'return',
  'true',
  'var',
  'void',
  'while',
]);
