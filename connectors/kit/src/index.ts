// The front door of the connector kit: the contract, what packages are built with, and the conformance suite.
export { callContext, failureOf, type MarkSent, outcomeOf, runCall, runWrite } from './call.js';
export { changesByComparison } from './comparison.js';
export type {
  ConformanceCase,
  ConformanceTarget,
  DisablingTarget,
  IncrementalTarget,
  LinkTarget,
  OutsideAccess,
  OutsideRow,
  PasswordTarget,
  RenameTarget,
  Switch,
} from './conformance/target.js';
export { conformanceCases } from './conformance/suite.js';
export * from './contract.js';
export { defineConnector } from './define.js';
export { type DeltaEffect, effectOf, refusal, type StoredRow } from './delta-effect.js';
export { deltaRefusal, objectTypeOf, withoutKey } from './delta-refusal.js';
export { ConnectorError, cookieRefused, type FailureClass, failureClasses, isCookieRefused } from './failure.js';
export { type ComparedFile, fileChangesByComparison } from './file-comparison.js';
export type { FromHost, HostRequest, NextPage, OpenedPackage, PackageDescription, ToHost } from './host/message.js';
export { type FaultProxy, type NetworkFault, startFaultProxy } from './fault-proxy.js';
export {
  type Handover,
  type HandoverDocument,
  type HandoverPlace,
  type HandoverStep,
  handOver,
  handoverSteps,
  sweepHandovers,
} from './handover.js';
export { loadConnectorPackage, moduleNames } from './package-loading.js';
export { longestSecret, type Redaction, redactionOf, unfinishedRedactionOf } from './redaction.js';
export {
  isEndpointSetting,
  secretSettings,
  type SettingsProblem,
  settingsProblems,
  validateSettings,
} from './settings.js';
