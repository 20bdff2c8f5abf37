// The report of a conformance run: from Jest's result to packages, variants and cases, and from these to a table.
// Pure; running and writing files is scripts/conformance.mjs. The first word of a title is the package, the rest the variant.

const skippedName = /^(?<name>.*) \(skipped: (?<reason>.*)\)$/s;

function toCase({ title, status, duration, failureMessages }) {
  const skipped = skippedName.exec(title)?.groups;
  if (skipped !== undefined) return { name: skipped.name, result: 'skipped', reason: skipped.reason, durationMs: 0 };
  const base = { name: title, durationMs: Math.round(duration ?? 0) };
  if (status === 'passed') return { ...base, result: 'passed' };
  if (status === 'failed') return { ...base, result: 'failed', reason: firstLines(failureMessages[0]) };
  return { ...base, result: 'skipped', reason: 'left out by the one who ran the tests' };
}

const colours = new RegExp(String.raw`${String.fromCodePoint(27)}\[[0-9;]*m`, 'g');

// Colours of the terminal and the stack say nothing to the reader of a report.
function firstLines(message = 'it failed without a message') {
  const plain = message.replaceAll(colours, '');
  return plain
    .split(/\n\s+at /)[0]
    .trim()
    .slice(0, 1_000);
}

function counted(cases) {
  const count = (result) => cases.filter((one) => one.result === result).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

/** The cases of one test file by title, and the file itself as a failed case when it could not be loaded. */
function casesByTitle({ assertionResults, message, name }) {
  const titled = assertionResults.map((result) => [result.ancestorTitles[0] ?? '', toCase(result)]);
  if (titled.length > 0) return titled;
  const package_ = /connectors\/(?<dir>[^/]+)\//.exec(name)?.groups.dir ?? 'unknown';
  const broken = { name: 'the tests can be started', result: 'failed', reason: firstLines(message), durationMs: 0 };
  return [[`${package_} (not started)`, broken]];
}

/**
 * One entry a package with its variants. `versions`: package → version. Tests under other titles are left out.
 * `notRun`: packages without a suite, each with its version and the reason.
 */
export function reportOf(jestResult, versions, now, notRun = []) {
  const titles = new Map();
  for (const [title, one] of jestResult.testResults.flatMap(casesByTitle))
    titles.set(title, [...(titles.get(title) ?? []), one]);
  const variants = [...titles].map(([title, cases]) => ({
    package: title.split(' ')[0],
    variant: title.split(' ').slice(1).join(' '),
    ...counted(cases),
    durationMs: cases.reduce((sum, one) => sum + one.durationMs, 0),
    cases,
  }));
  const known = variants.filter((variant) => versions[variant.package] !== undefined);
  const names = Object.keys(versions).filter((name) => known.some((variant) => variant.package === name));
  const packages = names.map((name) => ({
    package: name,
    version: versions[name],
    date: now,
    ...counted(known.filter((variant) => variant.package === name).flatMap((variant) => variant.cases)),
    variants: known
      .filter((variant) => variant.package === name)
      .map(({ package: _package, cases, ...variant }) => ({ ...variant, skips: skipsIn(cases), cases })),
  }));
  return { date: now, ...counted(known.flatMap((variant) => variant.cases)), packages, notRun };
}

/** One report of what earlier runs left, as of the latest of them. */
export function reportFrom(packages, notRun = []) {
  const cases = packages.flatMap(({ variants }) => variants).flatMap((variant) => variant.cases);
  const date = packages.map((one) => one.date).reduce((latest, one) => (one > latest ? one : latest), '');
  return { date, ...counted(cases), packages, notRun };
}

/** Reasons of skipped cases, each with the cases it holds for. */
function skipsIn(cases) {
  const reasons = new Map();
  for (const { name, reason } of cases.filter((one) => one.result === 'skipped'))
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  return [...reasons].map(([reason, names]) => ({ reason, cases: names }));
}

/** The report as Markdown: a table, why cases were skipped, and what failed. */
export function tableOf({ packages, notRun }) {
  const variants = packages.flatMap(({ package: name, version, variants: all }) =>
    all.map((variant) => ({ name, version, ...variant })),
  );
  const rows = [
    ['package', 'version', 'variant', 'passed', 'failed', 'skipped', 'seconds'],
    ...variants.map(({ name, version, variant, passed, failed, skipped, durationMs }) =>
      [name, version, variant, passed, failed, skipped, (durationMs / 1_000).toFixed(1)].map(String),
    ),
    ...notRun.map(({ package: name, version }) => [name, version, 'not run', '', '', '', '']),
  ];
  const skips = [
    ...packages.flatMap(skipLines),
    ...notRun.map(({ package: name, reason }) => `- ${name}: not run, ${reason}`),
  ];
  const failures = variants.flatMap(({ name, variant, cases }) =>
    cases
      .filter((one) => one.result === 'failed')
      .map((one) => `- FAILED ${name} ${variant}: ${one.name}\n  ${one.reason}`),
  );
  return [
    aligned(rows),
    ...(skips.length > 0 ? ['', ...skips] : []),
    ...(failures.length > 0 ? ['', ...failures] : []),
  ].join('\n');
}

// One line a reason; the variants are named only where it does not hold for all of them.
function skipLines({ package: name, variants }) {
  const reasons = new Map();
  for (const { variant, skips } of variants)
    for (const { reason, cases } of skips)
      reasons.set(reason, [...(reasons.get(reason) ?? []), { variant, count: cases.length }]);
  return [...reasons].map(([reason, found]) => {
    const where = found.length === variants.length ? '' : ` ${found.map(({ variant }) => variant).join('; ')}`;
    return `- ${name}${where}: ${Math.max(...found.map(({ count }) => count))} skipped, ${reason}`;
  });
}

function aligned(rows) {
  const widths = rows[0].map((_head, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [head, ...rest] = rows;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rest.map(line)].join('\n');
}
