// How far a write is, as the API shows it. The states and their ways are domain/provisioning-state.ts'.
import { registerEnumType } from 'type-graphql';

export const ProvisioningState = {
  NONE: 'NONE',
  PENDING: 'PENDING',
  TRANSMITTED: 'TRANSMITTED',
  ERRORED: 'ERRORED',
  VERIFIED: 'VERIFIED',
  AWAITING_APPROVAL: 'AWAITING_APPROVAL',
  INACTIVE: 'INACTIVE',
  ERROR: 'ERROR',
  EXECUTED: 'EXECUTED',
} as const;
export type ProvisioningState = keyof typeof ProvisioningState;
registerEnumType(ProvisioningState, {
  name: 'ProvisioningState',
  description: 'Progress towards the managed system.',
  valuesConfig: {
    NONE: { description: '(0) Not subject to provisioning.' },
    PENDING: {
      description: '(1) Due or waiting for its next automatic try; an automated order stays here until its outcome.',
    },
    TRANSMITTED: { description: '(2) Handed to a person (manual provisioning only), no answer yet.' },
    ERRORED: { description: '(3) The managed system or its connector answered with an error.' },
    VERIFIED: { description: '(4) Seen in synchronised data.' },
    AWAITING_APPROVAL: { description: '(5) Blocked until reviewed.' },
    INACTIVE: { description: '(6) Blocked as pointless, e.g. dated in the past.' },
    ERROR: { description: '(7) The role model failed to evaluate it.' },
    EXECUTED: { description: '(8) The managed system accepted it, not yet seen in synchronised data.' },
  },
});
