// Every resolver class of the API, named one by one: what is not listed is not served.
import 'reflect-metadata';
import type { NonEmptyArray } from 'type-graphql';
import { NodeResolver } from './node.js';
import { UserErrorResolver } from './user-error.js';

export const resolverClasses: NonEmptyArray<abstract new () => object> = [NodeResolver, UserErrorResolver];
