// What a rule author may write: limits that keep one expression from stopping the engine, checked on its syntax tree.
// Measured causes: a regular expression of JavaScript or nested loops over lists can hang for seconds.
import type { ASTNode } from '@marcbachmann/cel-js';
import type { ExpressionProblem, ExpressionSubject } from '../domain/role-model/expression.js';
import { compilePattern } from './pattern.js';

/** For the parser, which stops at the first one passed. */
export const limits = {
  maxAstNodes: 500,
  maxDepth: 20,
  maxListElements: 200,
  maxMapEntries: 200,
  maxCallArguments: 32,
} as const;

const mostNestedLoops = 2;
const loops: readonly string[] = ['all', 'exists', 'exists_one', 'filter', 'map'];
const refusedCalls: Readonly<Record<string, string>> = {
  matches: 'Use re(text, pattern) instead: it ends in linear time.',
  // Repeated doubling of a bound text would fill the memory.
  bind: 'Write the value where it is needed.',
};

/** The first thing in the tree that is not allowed, or null. */
export function guardProblem(root: ASTNode): ExpressionProblem | null {
  return findProblem(root, 0);
}

function findProblem(node: ASTNode, loopDepth: number): ExpressionProblem | null {
  const name = calledName(node);
  const own = name === null ? null : callProblem(node, name, loopDepth);
  if (own !== null) return own;
  const inside = name !== null && node.op === 'rcall' && loops.includes(name) ? loopDepth + 1 : loopDepth;
  for (const child of childrenOf(node)) {
    const problem = findProblem(child, child === receiverOf(node) ? loopDepth : inside);
    if (problem !== null) return problem;
  }
  return null;
}

function callProblem(node: ASTNode, name: string, loopDepth: number): ExpressionProblem | null {
  const instead = Object.hasOwn(refusedCalls, name) ? refusedCalls[name] : undefined;
  if (instead !== undefined)
    return { message: `${name}(…) is not allowed in an expression.`, hint: instead, offset: node.start };
  if (node.op === 'rcall' && loops.includes(name) && loopDepth >= mostNestedLoops) {
    return {
      message: `${name}(…) stands inside ${loopDepth} other loops; ${mostNestedLoops} levels are allowed.`,
      hint: 'Write it with fewer loops.',
      offset: node.start,
    };
  }
  return node.op === 'call' && name === 're' ? patternProblem(node.args[1][1]) : null;
}

function patternProblem(pattern: ASTNode | undefined): ExpressionProblem | null {
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return null;
  try {
    compilePattern(pattern.args);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      message: `The pattern is malformed: ${reason}.`,
      hint: 'Write it in the syntax of RE2.',
      offset: pattern.start,
    };
  }
}

/** Property names read from the subject, each once, in order of appearance. */
export function propertiesRead(root: ASTNode, subject: ExpressionSubject): readonly string[] {
  const own = propertyOf(root, subject);
  const below = childrenOf(root).flatMap((child) => propertiesRead(child, subject));
  return [...new Set(own === null ? below : [own, ...below])];
}

function propertyOf(node: ASTNode, subject: ExpressionSubject): string | null {
  if (node.op !== '.' && node.op !== '[]') return null;
  const [owner, key] = node.args;
  if (owner.op !== 'id' || owner.args !== subject) return null;
  if (typeof key === 'string') return key;
  return key.op === 'value' && typeof key.args === 'string' ? key.args : null;
}

/** Variables read anywhere in the tree. A loop's own variable of the same name counts, too. */
export function variablesRead(root: ASTNode): readonly string[] {
  const own = root.op === 'id' && typeof root.args === 'string' ? [root.args] : [];
  return [...own, ...childrenOf(root).flatMap(variablesRead)];
}

const calledName = (node: ASTNode): string | null => (node.op === 'call' || node.op === 'rcall' ? node.args[0] : null);
const receiverOf = (node: ASTNode): ASTNode | null => (node.op === 'rcall' ? node.args[1] : null);

function childrenOf(node: ASTNode): readonly ASTNode[] {
  return nodesIn(node.args);
}

function nodesIn(value: unknown): readonly ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isNode(value) ? [value] : [];
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
