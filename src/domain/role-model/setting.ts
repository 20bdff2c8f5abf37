// Where a rule is tried: the person on one day, and in each of the contexts it has then.
// Owns in which of them a rule applies, and with which input; what a rule asks for is rule-index.ts'.
import { type Context, type Contexts, isOn, meets } from './context.js';
import type { ExpressionInput } from './model.js';
import type { Conditioned } from './rule-index.js';

export interface Setting {
  readonly input: ExpressionInput;
  readonly inContexts: readonly { readonly context: Context; readonly input: ExpressionInput }[];
  /** Why there are no contexts; null: they could be made. */
  readonly problem: Error | null;
}

/** `day`: contexts of that day count. */
export function settingOf(input: ExpressionInput, { all, problem }: Contexts, day: string): Setting {
  if (all.length === 0) return { input, inContexts: nowhere, problem };
  const valid = all.filter((context) => isOn(day, context));
  const inContexts = valid.map((context) => ({ context, input: { ...input, context: context.values } }));
  return { input, inContexts, problem };
}
const nowhere: Setting['inContexts'] = [];

/** What the rule sees where it applies: in the first context that satisfies all of it; null when it does not apply. Throws what expressions throw. */
export function seenBy<Rule>(
  rule: Pick<Conditioned<Rule>, 'applies' | 'context' | 'needsContext'>,
  setting: Setting,
  complete: (input: ExpressionInput) => ExpressionInput = asIs,
): ExpressionInput | null {
  if (!rule.needsContext) {
    const input = complete(setting.input);
    return rule.applies(input) ? input : null;
  }
  if (setting.problem !== null) throw setting.problem;
  for (const { context, input } of setting.inContexts) {
    if (!meets(context, rule.context)) continue;
    const completed = complete(input);
    if (rule.applies(completed)) return completed;
  }
  return null;
}
const asIs = (input: ExpressionInput): ExpressionInput => input;
