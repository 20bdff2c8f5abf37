// Problems the caller can fix, as mutations answer them: made from refusals, never from faults.
import 'reflect-metadata';
import { Field, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { type Refusal, type RefusalCode, refusalCodes } from '../domain/refusal.js';

export const UserErrorCode = Object.fromEntries(refusalCodes.map((code) => [code, code])) as {
  readonly [Code in RefusalCode]: Code;
};
registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description: 'Stable machine codes of problems the caller can fix.',
});

/** `subject` is added by resolvers/user-error.ts, from `subjectId`. */
@ObjectType('UserError', {
  description: 'A problem the caller can fix. Never used for bugs, authentication or throttling.',
})
export class UserError {
  @Field(() => UserErrorCode, { description: 'Stable machine code.' })
  readonly code: RefusalCode;

  @Field(() => String, { description: 'One sentence for a person, localised by Accept-Language.' })
  readonly message: string;

  @Field(() => [String], {
    nullable: true,
    description: 'Path into the input, list indices included: ["input","items","2","endDate"].',
  })
  readonly field: readonly string[] | null;

  @Field(() => String, { nullable: true, description: 'What to do next, when known.' })
  readonly hint: string | null;

  @Field(() => String, { nullable: true, description: 'Page that explains the code.' })
  readonly documentationUrl: string | null;

  /** Global id of the object in conflict. */
  readonly subjectId: string | null;
}

@InterfaceType('MutationPayload', {
  description: 'What every mutation answers: its subject, and what the caller can fix.',
})
export abstract class MutationPayload {
  @Field(() => [UserError], { description: 'Empty when everything asked for was done.' })
  readonly userErrors: readonly UserError[];
}

export function toUserError(refusal: Refusal): UserError {
  return Object.assign(new UserError(), {
    code: refusal.code,
    message: refusal.message,
    field: refusal.field ?? null,
    hint: refusal.hint ?? null,
    documentationUrl: null,
    subjectId: refusal.subjectId ?? null,
  });
}

export const toUserErrors = (refusals: readonly Refusal[]): readonly UserError[] => refusals.map(toUserError);
