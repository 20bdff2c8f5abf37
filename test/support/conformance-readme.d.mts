// Types of conformance-readme.mjs, which scripts use without a build.
import type { PackageNotRun, PackageReport } from './conformance-report.mjs';

export function withConformance(readme: string, report: PackageReport | PackageNotRun): string;
