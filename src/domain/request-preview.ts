// What a request would be, before it is sent: who would decide it, and what the deciders would be told.
import type { ApprovalStep } from './approver.js';
import type { RequestWarning } from './request.js';

export interface PreviewedStep extends ApprovalStep {
  /** Of the basket, from 0. */
  readonly position: number;
}

export interface RequestPreview {
  readonly approvals: readonly PreviewedStep[];
  readonly warnings: readonly RequestWarning[];
  /** What would be made different from what was asked for. */
  readonly adjustments: readonly string[];
}

interface PreviewedItem {
  readonly position: number;
  readonly steps: readonly ApprovalStep[];
  readonly warnings: readonly RequestWarning[];
  readonly adjustments: readonly string[];
}

export const previewOf = (items: readonly PreviewedItem[]): RequestPreview => ({
  approvals: items.flatMap(({ position, steps }) => steps.map((step) => ({ ...step, position }))),
  warnings: items.flatMap(({ warnings }) => warnings),
  adjustments: items.flatMap(({ adjustments }) => adjustments),
});
