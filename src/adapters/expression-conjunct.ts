// Cuts a condition into the parts that must all hold, so that an explanation can say which of them did not.
// Owns where it is cut: at `&&` outside of everything else; what a part means is expression.ts'.
import { type ASTNode, serialize } from '@marcbachmann/cel-js';

/** In their order; one text for a condition without `&&`. Written anew from the tree: the same condition, quotes may differ. */
export const conjunctTexts = (root: ASTNode): readonly string[] =>
  root.op === '&&' ? root.args.flatMap(conjunctTexts) : [serialize(root)];
