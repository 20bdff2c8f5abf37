// A configuration out of entries as people write them: defaults are the product's own, so a benchmark says only what it means.
import { type Entries, withDefaults } from '#src/adapters/configuration-default.js';
import { type EntryKind, entryKinds, entryShapes } from '#src/adapters/configuration-schema.js';
import type { Configuration } from '#src/domain/configuration.js';

/** Kinds that are left out are empty. Throws what is wrong with the first bad entry. */
export function configurationOf(written: Partial<Record<EntryKind, readonly object[]>>): Configuration {
  const entries = Object.fromEntries(
    entryKinds.map((kind) => [kind, (written[kind] ?? []).map((entry) => entryShapes[kind].parse(entry))]),
  );
  // Each list was parsed by the shape of its kind.
  return withDefaults(entries as unknown as Entries, {
    policies: ['bench'],
    timeZone: 'UTC',
    isSerial: () => false,
  });
}
