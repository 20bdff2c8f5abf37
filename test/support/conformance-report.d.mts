// Types of conformance-report.mjs, which scripts use without a build.

/** The part of Jest's JSON result that a report needs. */
export interface JestResult {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly duration?: number | null;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export interface ConformanceCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface ReportedCase {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly reason?: string;
  readonly durationMs: number;
}

export interface PackageReport extends ConformanceCounts {
  readonly package: string;
  readonly version: string;
  readonly date: string;
  readonly variants: readonly (ConformanceCounts & {
    readonly variant: string;
    readonly durationMs: number;
    readonly skips: readonly { readonly reason: string; readonly cases: readonly string[] }[];
    readonly cases: readonly ReportedCase[];
  })[];
}

/** A package without a suite, and the sentence why. */
export interface PackageNotRun {
  readonly package: string;
  readonly version: string;
  readonly reason: string;
  readonly variants?: undefined;
}

export interface ConformanceReport extends ConformanceCounts {
  readonly date: string;
  readonly packages: readonly PackageReport[];
  readonly notRun: readonly PackageNotRun[];
}

export function reportOf(
  jestResult: JestResult,
  versions: Readonly<Record<string, string>>,
  now: string,
  notRun?: readonly PackageNotRun[],
): ConformanceReport;

/** The report of earlier runs, one report a package. */
export function reportFrom(packages: readonly PackageReport[], notRun?: readonly PackageNotRun[]): ConformanceReport;

export function tableOf(report: ConformanceReport): string;
