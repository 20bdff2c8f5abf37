// The comparisons of filters, and the direction of orders. Each noun's own filter stands in the file of the noun.
import 'reflect-metadata';
import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { DateScalar, DateTimeScalar, DurationScalar } from './scalar.js';

export const OrderDirection = { ASC: 'ASC', DESC: 'DESC' } as const;
export type OrderDirection = (typeof OrderDirection)[keyof typeof OrderDirection];
registerEnumType(OrderDirection, { name: 'OrderDirection', description: 'Which end of a list comes first.' });

@InputType('StringFilter', { description: 'Comparisons of a text; all that are given must hold.' })
export class StringFilter {
  @Field(() => String, { nullable: true, description: 'Equal, letter by letter.' })
  readonly eq?: string | null;
  @Field(() => String, { nullable: true, description: 'Different.' })
  readonly neq?: string | null;
  @Field(() => [String], { nullable: true, description: 'One of these.' })
  readonly in?: readonly string[] | null;
  @Field(() => [String], { nullable: true, description: 'None of these.' })
  readonly nin?: readonly string[] | null;
  @Field(() => String, { nullable: true, description: 'Holds this anywhere, without regard to case.' })
  readonly contains?: string | null;
  @Field(() => String, { nullable: true, description: 'Begins with this, without regard to case.' })
  readonly startsWith?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'True: there is none. False: there is one.' })
  readonly isNull?: boolean | null;
}

@InputType('IdFilter', { description: 'Comparisons of a reference, by global id.' })
export class IdFilter {
  @Field(() => ID, { nullable: true, description: 'This one.' })
  readonly eq?: string | null;
  @Field(() => [ID], { nullable: true, description: 'One of these.' })
  readonly in?: readonly string[] | null;
  @Field(() => [ID], { nullable: true, description: 'None of these.' })
  readonly nin?: readonly string[] | null;
  @Field(() => Boolean, { nullable: true, description: 'True: there is none. False: there is one.' })
  readonly isNull?: boolean | null;
}

@InputType('DateTimeFilter', { description: 'Comparisons of an instant.' })
export class DateTimeFilter {
  @Field(() => DateTimeScalar, { nullable: true, description: 'Later than.' })
  readonly gt?: Date | null;
  @Field(() => DateTimeScalar, { nullable: true, description: 'Not earlier than.' })
  readonly gte?: Date | null;
  @Field(() => DateTimeScalar, { nullable: true, description: 'Earlier than.' })
  readonly lt?: Date | null;
  @Field(() => DateTimeScalar, { nullable: true, description: 'Not later than.' })
  readonly lte?: Date | null;
  @Field(() => DurationScalar, { nullable: true, description: 'Relative to now, e.g. -P7D.' })
  readonly since?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'True: there is none. False: there is one.' })
  readonly isNull?: boolean | null;
}

@InputType('DateFilter', { description: 'Comparisons of a calendar day.' })
export class DateFilter {
  @Field(() => DateScalar, { nullable: true, description: 'On this day.' })
  readonly eq?: string | null;
  @Field(() => DateScalar, { nullable: true, description: 'After this day.' })
  readonly gt?: string | null;
  @Field(() => DateScalar, { nullable: true, description: 'On this day or later.' })
  readonly gte?: string | null;
  @Field(() => DateScalar, { nullable: true, description: 'Before this day.' })
  readonly lt?: string | null;
  @Field(() => DateScalar, { nullable: true, description: 'On this day or earlier.' })
  readonly lte?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'True: there is none. False: there is one.' })
  readonly isNull?: boolean | null;
}
