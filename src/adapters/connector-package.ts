// The connector packages of this installation as the API asks for them: each tried once, remembered when it is there.
import { type ConnectorPackageDefinition, secretSettings } from '@joinery/connector-kit';
import type { ConnectorPackages, InstalledPackage } from '../steps/ports/connector-package.js';

/** `load` throws when there is no such package; asked again then, because it may be installed meanwhile. */
export function connectorPackages(load: (name: string) => Promise<ConnectorPackageDefinition>): ConnectorPackages {
  const known = new Map<string, InstalledPackage>();
  return {
    find: async (name) => {
      const remembered = known.get(name);
      if (remembered !== undefined) return remembered;
      const found = await loaded(name, load);
      if (found !== null) known.set(name, found);
      return found;
    },
  };
}

async function loaded(
  name: string,
  load: (name: string) => Promise<ConnectorPackageDefinition>,
): Promise<InstalledPackage | null> {
  try {
    const definition = await load(name);
    return { definition, secretSettings: secretSettings(definition.settingsSchema) };
  } catch {
    return null;
  }
}
