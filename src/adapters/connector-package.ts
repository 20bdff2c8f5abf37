// The connector packages of this installation as the API asks for them: each tried once, remembered when it is there.
import {
  type ConnectorPackageDefinition,
  isEndpointSetting,
  moduleNames,
  secretSettings,
  settingsProblems,
} from '@joinery/connector-kit';
import { conformanceOf, installedNames } from './installed-package.js';
import type { ConnectorPackages, InstalledPackage } from '../steps/ports/connector-package.js';

/**
 * `load` throws when there is no such package; asked again then, because it may be installed meanwhile. `installed`: which of
 * ours are on disk; left out: those of this installation.
 */
export function connectorPackages(
  load: (name: string) => Promise<ConnectorPackageDefinition>,
  installed: () => Promise<readonly string[]> = installedNames,
): ConnectorPackages {
  const known = new Map<string, InstalledPackage>();
  return {
    installed: () => installed(),
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
    const { settingsSchema } = definition;
    return {
      definition,
      secretSettings: secretSettings(settingsSchema),
      problems: (settings) => settingsProblems(settingsSchema, settings),
      saysWhere: (setting) => isEndpointSetting(settingsSchema, setting),
      conformance: await conformanceOf(moduleNames(name)),
    };
  } catch {
    return null;
  }
}
