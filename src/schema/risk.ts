// Risks and who runs them, as the API shows them.
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';

export const RiskKind = { SOD: 'SOD', HIGH_PRIVILEGE: 'HIGH_PRIVILEGE' } as const;
export type RiskKind = keyof typeof RiskKind;
registerEnumType(RiskKind, {
  name: 'RiskKind',
  description: 'What makes a risk.',
  valuesConfig: {
    SOD: { description: 'Roles that must not come together.' },
    HIGH_PRIVILEGE: { description: 'A role that is dangerous by itself.' },
  },
});

export const RiskExemption = { WARNING: 'WARNING', APPROVAL: 'APPROVAL', BLOCKING: 'BLOCKING' } as const;
export type RiskExemption = keyof typeof RiskExemption;
registerEnumType(RiskExemption, {
  name: 'RiskExemption',
  description: 'What a request that runs a risk comes to.',
  valuesConfig: {
    WARNING: { description: 'The deciders are told.' },
    APPROVAL: { description: 'One more step decides about the risk.' },
    BLOCKING: { description: 'It is refused.' },
  },
});

@ObjectType('Risk', { description: 'Roles that must not come together, or one that is dangerous by itself.' })
export class Risk {
  @Field(() => String, { description: 'Key in the configuration.' })
  readonly identifier: string;

  @Field(() => String, { description: 'Name for people.' })
  readonly displayName: string;

  @Field(() => RiskKind, { description: 'What makes it a risk.' })
  readonly kind: RiskKind;

  @Field(() => Int, { description: 'From 0 to 100.' })
  readonly level: number;

  @Field(() => RiskExemption, { description: 'What a request that runs it comes to.' })
  readonly exemption: RiskExemption;

  @Field(() => String, { nullable: true, description: 'What can happen.' })
  readonly description: string | null;

  @Field(() => String, { nullable: true, description: 'What to do instead.' })
  readonly remediation: string | null;
}

@ObjectType('IdentityRisk', { description: 'A risk that somebody runs by what they hold.' })
export class IdentityRisk {
  @Field(() => Risk, { description: 'The risk.' })
  readonly risk: Risk;

  @Field(() => Boolean, {
    description:
      'One of the roles was approved in spite of the risk. False: rules or requests before the risk gave them.',
  })
  readonly isExempt: boolean;

  /** Identifiers. */
  readonly roleIdentifiers: readonly string[];
}
