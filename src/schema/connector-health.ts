// How a managed system is doing, as the API shows it.
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTimeScalar } from './scalar.js';

export const HealthStatus = {
  HEALTHY: 'HEALTHY',
  DEGRADED: 'DEGRADED',
  DOWN: 'DOWN',
  DISABLED: 'DISABLED',
  UNKNOWN: 'UNKNOWN',
} as const;
export type HealthStatus = keyof typeof HealthStatus;
registerEnumType(HealthStatus, {
  name: 'HealthStatus',
  description: 'How a managed system is doing.',
  valuesConfig: {
    HEALTHY: { description: 'It answers.' },
    DEGRADED: { description: 'It answers, and part of what is asked of it fails.' },
    DOWN: { description: 'It does not answer, or refuses the credentials; orders wait.' },
    DISABLED: { description: 'It is switched off.' },
    UNKNOWN: { description: 'Nothing was asked of it yet.' },
  },
});

@ObjectType('ConnectorHealth', {
  description: 'How a managed system is doing, over all its connections: the worst of them.',
})
export class ConnectorHealth {
  @Field(() => HealthStatus, { description: 'In one word.' })
  readonly status: HealthStatus;

  @Field(() => String, { nullable: true, description: 'Why it is not healthy, in the words of the failure.' })
  readonly reason: string | null;

  @Field(() => DateTimeScalar, { description: 'Since when it is so.' })
  readonly since: Date;

  @Field(() => Int, { description: 'Orders that wait for it.' })
  readonly pendingOrderCount: number;

  @Field(() => Int, { description: 'Orders it refused for good.' })
  readonly erroredOrderCount: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Time within which 95 of 100 tries of the last 24 hours ended, in milliseconds; null: there was none.',
  })
  readonly p95LatencyMs: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the tries of the last 24 hours that succeeded, 0 to 1; null: there was none.',
  })
  readonly successRate24h: number | null;
}
