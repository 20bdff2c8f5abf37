// How large a body may be, and who may send a large one: over real HTTP, with a configuration of a million characters.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { configurationReader } from '../../src/adapters/configuration.js';
import { maximumConfigurationBytes } from '../../src/server/limit.js';
import { partOf, type ServedCompany, serveCompany } from './company.js';

let company: ServedCompany;

beforeAll(async () => {
  company = await serveCompany({
    ports: () => ({ configurationReader: configurationReader({ timeZone: 'UTC' }) }),
  });
});
afterAll(async () => company.stop());

const plan = `mutation ($input: ConfigurationPlanComputeInput!) {
  configurationPlanCompute(input: $input) { userErrors { code message } } }`;
const role = (index: number) => `  - identifier: role-${index}
    displayName: The role ${index} of a real company
    description: ${'What people can do who hold it. '.repeat(4)}
    isRequestable: true
    approvalWorkflow: NONE
`;

/** Its last line is wrong, so that the answer tells that all of it was read. */
const configuration = (bytes: number) => {
  const roles = Array.from({ length: Math.ceil(bytes / role(1_000).length) }, (_, index) => role(1_000 + index));
  return { input: { files: [{ path: 'roles.yaml', text: `singleRoles:\n${roles.join('')}roles: 5\n` }] } };
};

const body = (bytes: number) => JSON.stringify({ query: plan, variables: configuration(bytes) });

describe('a body of a million characters', () => {
  it.each(['omar.benali', 'ada.lindqvist', 'service:ci-script'])('is read from %s, who may plan', async (person) => {
    const answer = await company.post(person, plan, configuration(1_000_000));
    expect([answer.status, answer.body.errors]).toEqual([200, undefined]);
    const { userErrors } = partOf<{ userErrors: { code: string; message: string }[] }>(
      answer,
      'configurationPlanCompute',
    );
    expect(userErrors.map(({ message }) => message).join()).toMatch(/roles\.yaml:\d{5}:1: .*roles/);
  });

  it.each([
    ['an employee', async () => `Bearer ${await company.token('camille.roy')}`],
    ['somebody who is not known', async () => `Bearer ${await company.token('nobody.atall')}`],
    ['a bad token', async () => 'Bearer abc.def.ghi'],
    ['no token', async () => ''],
  ])('is refused before it is read, from %s', async (_who, authorization) => {
    const status = await announce(1_000_000, await authorization());
    expect(status).toBe(413);
  });

  it('is refused as ever where it passes the larger limit', async () => {
    const authorization = `Bearer ${await company.token('ada.lindqvist')}`;
    expect(await announce(maximumConfigurationBytes + 1, authorization)).toBe(413);
  });

  it('does not come in without its length', async () => {
    const stream = new Blob([body(1_000_000)]).stream();
    const answer = await fetch(`${company.server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await company.token('ada.lindqvist')}` },
      body: stream,
      duplex: 'half',
    });
    expect(answer.status).toBe(413);
    expect(await answer.text()).toContain('larger than 102400 bytes');
  });
});

it('counts the tokens of a document whoever sends it', async () => {
  const { status, body: answer } = await company.post('ada.lindqvist', `{ ${'viewer { profiles } '.repeat(10_000)} }`);
  expect(status).toBe(400);
  expect(answer.errors?.[0]?.message).toContain('token');
});

/** Says how much will come, sends nothing of it, and answers the status. */
function announce(bytes: number, authorization: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${company.server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': bytes, authorization },
    });
    request.on('response', (response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    request.on('error', reject);
    request.flushHeaders();
  });
}
