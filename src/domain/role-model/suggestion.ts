// Roles that rules offer without giving them: to be asked for by whoever wants them, or confirmed for somebody new.
// Owns when one is offered; asking for it is an ordinary request.
import { addDays, isCalendarDay } from '../calendar.js';
import { contextsOf } from './context.js';
import type { IdentitySnapshot, Period, Suggestion } from './evaluation.js';
import { heldRoles, namesOf } from './held-role.js';
import type { CompiledModel } from './model.js';
import { type RulesOfRole, ruleIndex } from './rule-index.js';
import { seenBy, type Setting, settingOf } from './setting.js';
import type { Timeline } from './timeline.js';

export interface Suggestions {
  readonly suggestions: readonly Suggestion[];
  /** The day after the first one: from then on nothing is chosen for the identity. */
  readonly nextDueOn: string | null;
}

const nothing: Suggestions = { suggestions: [], nextDueOn: null };

/** Not what is held, was decided on, or is under way. Before the first day: what the rules say of that day. */
export function suggestionsFor(
  snapshot: IdentitySnapshot,
  model: CompiledModel,
  { present, today }: Timeline,
  { startDate }: Period,
): Suggestions {
  const { suggesting } = ruleIndex(model);
  if (suggesting.length === 0 || snapshot.isRemoved) return nothing;
  const day =
    present !== null ? today : startDate !== null && startDate > today && isCalendarDay(startDate) ? startDate : null;
  if (day === null) return nothing;
  const roles = namesOf(present?.held.roles ?? heldRoles(snapshot, model, day).roles);
  const setting = settingOf({ person: snapshot.attributes, roles, today: day }, contextsOf(snapshot, model), day);
  const taken = new Set([...roles, ...snapshot.decisions.map(({ role }) => role)]);
  const isNew = startDate !== null && today <= startDate;
  const suggestions = suggesting
    .filter(({ role }) => !taken.has(role))
    .flatMap((rules) => suggestionOf(rules, setting, isNew));
  return {
    suggestions,
    nextDueOn: suggestions.some(({ isChosen }) => isChosen) ? addDays(startDate ?? today, 1) : null,
  };
}

/** The first rule that applies decides: one that denies leaves nothing to offer. A rule that fails offers nothing. */
function suggestionOf({ role, rules }: RulesOfRole, setting: Setting, isNew: boolean): readonly Suggestion[] {
  try {
    const first = rules.find((rule) => (rule.isDenied || rule.gives !== 'REQUIRED') && seenBy(rule, setting) !== null);
    if (first === undefined || first.isDenied) return [];
    return [{ role, rule: first.identifier, isChosen: isNew && first.gives === 'REQUESTED_AUTOMATICALLY' }];
  } catch {
    return [];
  }
}
