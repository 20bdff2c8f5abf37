// Regular expressions that end in linear time: RE2 in JavaScript, compiled once per pattern.
import { RE2JS } from 're2js';

const mostPatterns = 200;

/** `re(text, pattern)` of the expression language: does the pattern occur in the text. Throws on a malformed pattern. */
export function patternCache(): (text: string, pattern: string) => boolean {
  const compiled = new Map<string, RE2JS>();
  return (text, pattern) => {
    const known = compiled.get(pattern) ?? compilePattern(pattern);
    // A pattern may be computed from data: the cache must not grow with the population.
    if (compiled.size >= mostPatterns) compiled.clear();
    compiled.set(pattern, known);
    return known.matcher(text).find();
  };
}

/** Throws an Error that says why the pattern is malformed. */
export function compilePattern(pattern: string): RE2JS {
  return RE2JS.compile(pattern);
}
