// Files beside connections that were made through the API: they may name them, and may not make them again.
import { expect, test } from '@jest/globals';
import { changed, company, problemsIn, read } from '../support/configuration.js';

const kept = async () => [{ identifier: 'crm-kept', connector: 'crm', package: 'ticket' }];

test('an entity type and a resource type may name a connection that no file makes, and get its system', async () => {
  const files = {
    'a.yaml': changed(
      'connection: crm-store\n    objectType: account',
      'connection: crm-kept\n    objectType: account',
    ),
  };
  const reading = await read(files, { keptConnections: kept });
  expect(problemsIn(reading)).toEqual([]);
  const { entityTypes, resourceTypes, connections } = reading.ok
    ? reading.configuration
    : { entityTypes: [], resourceTypes: [], connections: [] };
  expect(entityTypes.find(({ identifier }) => identifier === 'account')).toMatchObject({
    connector: 'crm',
    connection: 'crm-kept',
  });
  // The validity period is that of tickets: the kept connection is one.
  expect(resourceTypes).toMatchObject([{ connection: 'crm-kept', transmittedStateValidityHours: 360 }]);
  expect(connections.map(({ identifier }) => identifier)).toEqual(['hr-file', 'crm-store']);
  expect(problemsIn(await read(files))).toContainEqual(
    expect.stringMatching(/entityTypes\[1\]\.connection: there is no connection «crm-kept»/),
  );
});

test('a connection of the files may not have the identifier of one that was made', async () => {
  const reading = await read({ 'a.yaml': company.replaceAll('crm-store', 'crm-kept') }, { keptConnections: kept });
  expect(problemsIn(reading)).toEqual([
    expect.stringMatching(
      /^a\.yaml:6:\d+: connections\[1\]\.identifier: a connection crm-kept was made through the API\./,
    ),
  ]);
});
