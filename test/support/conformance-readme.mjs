// The section of a package's README that says what its last conformance run showed. Pure: text in, text out; reading and
// writing files is scripts/conformance.mjs. The same report makes the same text, whatever order the tests ended in.

const begin = '<!-- conformance -->';
const end = '<!-- /conformance -->';

/**
 * The README with the section of this report between its markers; at the end, under a heading, where there are none.
 * Throws where only one of the markers is there: nobody knows then what is to be replaced.
 */
export function withConformance(readme, report) {
  const section = [begin, '', ...sectionOf(report), '', end].join('\n');
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 && to < 0) return `${readme.trimEnd()}\n\n## Conformance\n\n${section}\n`;
  if (from < 0 || to < from)
    throw new Error(`The README of ${report.package} needs ${begin} and then ${end}, or neither. Mend it by hand.`);
  return readme.slice(0, from) + section + readme.slice(to + end.length);
}

function sectionOf(report) {
  if (report.variants === undefined)
    return [`Version ${report.version}. The suite is not run, because ${report.reason}.`];
  const variants = report.variants.toSorted((a, b) => compared(a.variant, b.variant));
  const skips = skipsIn(variants);
  return [
    `Version ${report.version}, ${report.date.slice(0, 10)}, \`npm run conformance -- ${report.package}\`:`,
    '',
    '| variant | passed | failed | skipped |',
    '|---|---|---|---|',
    ...variants.map((one) => `| ${cell(one.variant)} | ${one.passed} | ${one.failed} | ${one.skipped} |`),
    ...(skips.length === 0 ? [] : ['', 'Why cases were skipped, and how many:', '']),
    ...skips.map(([reason, count]) => `- ${reason}: ${count}`),
  ];
}

/** Reasons with the number of cases in all variants; the one that skipped most comes first. */
function skipsIn(variants) {
  const counts = new Map();
  for (const { reason, cases } of variants.flatMap(({ skips }) => skips))
    counts.set(reason, (counts.get(reason) ?? 0) + cases.length);
  return [...counts].toSorted(([a, countA], [b, countB]) => countB - countA || compared(a, b));
}

// Not by locale: the text must not depend on the machine.
const compared = (a, b) => (a < b ? -1 : Number(a > b));

const cell = (text) => text.replaceAll('|', String.raw`\|`);
