// Simulated policies: what they would do shows in plans, and nothing of it is ever written.
// Owns what is left of a configuration without them; the model in force is compiled from that, the one of plans from the whole.
import type { Configuration } from '../configuration.js';

/** Null: no policy is simulated. Their roles stay, and cannot be asked for: what refers to them still leads somewhere. */
export function withoutSimulated(configuration: Configuration): Configuration | null {
  const simulated = new Set(
    configuration.policies.filter(({ isSimulated }) => isSimulated).map((each) => each.identifier),
  );
  if (simulated.size === 0) return null;
  const isReal = ({ policy }: { readonly policy: string }): boolean => !simulated.has(policy);
  const types = new Set(configuration.resourceTypes.filter(isReal).map(({ identifier }) => identifier));
  const ofRealType = (rule: { readonly policy: string; readonly resourceType: string }): boolean =>
    isReal(rule) && types.has(rule.resourceType);
  const roles = [...configuration.singleRoles, ...configuration.compositeRoles];
  const unreal = new Set(roles.filter((role) => !isReal(role)).map(({ identifier }) => identifier));
  const asReal = <Role extends { readonly policy: string; readonly isRequestable: boolean }>(role: Role): Role =>
    isReal(role) ? role : { ...role, isRequestable: false };
  return {
    ...configuration,
    singleRoles: configuration.singleRoles.map(asReal),
    compositeRoles: configuration.compositeRoles.map(asReal).map((role) => ({
      ...role,
      // A simulated bundle gives nothing, and a real one gives nothing simulated.
      singleRoles: isReal(role) ? role.singleRoles.filter((single) => !unreal.has(single)) : [],
    })),
    resourceTypes: configuration.resourceTypes
      .filter(isReal)
      .map((type) => ({ ...type, dependsOn: type.dependsOn.filter((name) => types.has(name)) })),
    roleRules: configuration.roleRules.filter((rule) => isReal(rule) && !unreal.has(rule.role)),
    typeRules: configuration.typeRules.filter(ofRealType),
    scalarRules: configuration.scalarRules.filter(ofRealType),
    navigationRules: configuration.navigationRules.filter(ofRealType),
    queryRules: configuration.queryRules.filter(ofRealType),
    correlationRules: configuration.correlationRules.filter(ofRealType),
    classificationRules: configuration.classificationRules.filter(ofRealType),
    automationRules: configuration.automationRules.filter(isReal),
  };
}
