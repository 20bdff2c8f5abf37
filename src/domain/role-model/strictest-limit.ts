// The limits that a changed configuration is judged by: of those in force and its own, the stricter ones.
// What it does itself is thereby never let through by a limit that it raises itself.
import type { OrderThresholds } from '../configuration.js';
import type { CompiledModel, CompiledResourceType } from './model.js';

/** `planned` with the stricter limits; resource types that it takes away keep theirs. Only for judging counts. */
export function withStricterLimits(planned: CompiledModel, present: CompiledModel): CompiledModel {
  const resourceTypes = new Map<string, CompiledResourceType>(present.resourceTypes);
  for (const [identifier, type] of planned.resourceTypes) {
    const before = present.resourceTypes.get(identifier)?.definition.thresholds;
    const thresholds = before === undefined ? type.definition.thresholds : stricter(type.definition.thresholds, before);
    resourceTypes.set(identifier, { ...type, definition: { ...type.definition, thresholds } });
  }
  return { ...planned, resourceTypes };
}

const stricter = (one: OrderThresholds, other: OrderThresholds): OrderThresholds => ({
  percent: Math.min(one.percent, other.percent),
  percentFloor: Math.min(one.percentFloor, other.percentFloor),
  absolute:
    one.absolute === null || other.absolute === null
      ? (one.absolute ?? other.absolute)
      : Math.min(one.absolute, other.absolute),
});
