// `npm run --silent bench -- <question> [options]`: one question, one file, one JSON line a figure.

const questions: Readonly<Record<string, string>> = {
  compute: './compute.js',
  connectors: './connector.js',
  feed: './feed.js',
  orders: './order.js',
};

/** A benchmark: takes its own options, prints its figures, answers whether its floor was reached. */
export interface Benchmark {
  run(options: readonly string[]): Promise<boolean>;
}

const [question = '', ...options] = process.argv.slice(2);
const file = questions[question];
if (file === undefined) {
  process.stderr.write(`Say which question: ${Object.keys(questions).join(', ')}.\n`);
  process.exit(2);
}
const benchmark = (await import(file)) as Benchmark;
process.exitCode = (await benchmark.run(options)) ? 0 : 1;
