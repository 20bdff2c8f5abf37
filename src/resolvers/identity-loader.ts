// People and departments by id or key, many at once, and their rows as GraphQL objects: for every noun that names a person.
import { toGlobalId } from '../domain/global-id.js';
import { Department, Identity } from '../schema/identity.js';
import type { DepartmentView, IdentityView } from '../steps/ports/identity.js';
import type { RequestContext } from './context.js';
import type { Batch } from './loader.js';

export const identityById: Batch<string, IdentityView> = (ids, { ports }) => ports.identities.byIds(ids);
export const identityByIdentifier: Batch<string, IdentityView> = (identifiers, { ports }) =>
  ports.identities.byIdentifiers(identifiers);
export const departmentById: Batch<string, DepartmentView> = (ids, { ports }) => ports.identities.departmentsByIds(ids);

/** By row id; null for nobody. */
export async function findIdentity(id: string | null, context: RequestContext): Promise<Identity | null> {
  const view = id === null ? null : await context.loaders.load(identityById, id);
  return view === null ? null : toIdentity(view);
}

/** By business key; null for nobody. */
export async function findIdentityByIdentifier(
  identifier: string | null,
  context: RequestContext,
): Promise<Identity | null> {
  const view = identifier === null ? null : await context.loaders.load(identityByIdentifier, identifier);
  return view === null ? null : toIdentity(view);
}

/** By row id; null for none. */
export async function findDepartment(id: string | null, context: RequestContext): Promise<Department | null> {
  const view = id === null ? null : await context.loaders.load(departmentById, id);
  return view === null ? null : toDepartment(view);
}

export const toIdentity = (view: IdentityView): Identity =>
  Object.assign(new Identity(), { ...view, id: toGlobalId('Identity', view.id), identityId: view.id });

export const toDepartment = (view: DepartmentView): Department =>
  Object.assign(new Department(), { ...view, id: toGlobalId('Department', view.id) });
