// Reading a file through the gateway: what a column that is not there means, and what one without values means.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConnectorPackage } from '@joinery/connector-kit';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readConfiguration } from '../../src/adapters/configuration.js';
import { connectorGateway } from '../../src/adapters/connector.js';
import { processEnvironment } from '../../src/adapters/environment.js';
import { celCompiler } from '../../src/adapters/expression.js';
import { compileModel } from '../../src/domain/role-model/compile.js';
import type { ResourceContent } from '../../src/domain/resource.js';

const acme = fileURLToPath(new URL('../../examples/acme/configuration', import.meta.url));

let home: string;
let gateway: ReturnType<typeof connectorGateway>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'joinery-reading-'));
  await mkdir(join(home, 'demo', 'hr'), { recursive: true });
  await hr('departments', 'code,name,manager\nFIN,Finance,\n');
  await hr('sites', 'code,name\nPAR,Paris\n');
  const reading = await readConfiguration(acme, { timeZone: 'UTC' });
  if (!reading.ok) throw new Error('The demo company has no good configuration.');
  const model = compileModel(1, reading.configuration, celCompiler());
  gateway = connectorGateway({
    models: { current: async () => model },
    load: loadConnectorPackage,
    settings: { dataFolder: home, environment: () => undefined },
    digest: processEnvironment('UTC').digest,
    now: () => performance.now(),
  });
});
afterEach(async () => {
  await gateway.close();
  await rm(home, { recursive: true });
});

const hr = (name: string, text: string): Promise<void> => writeFile(join(home, 'demo', 'hr', `${name}.csv`), text);

const header =
  'identifier,employeeNumber,firstName,lastName,displayName,email,jobTitle,kind,department,site,manager,startDate,endDate';
const line = 'camille.roy,1,Camille,Roy,Camille Roy,camille.roy@acme.example,Accountant,employee,FIN,PAR,,2020-01-01,';

async function people(): Promise<readonly ResourceContent[]> {
  const found: ResourceContent[] = [];
  for await (const page of gateway.list('person', AbortSignal.timeout(30_000))) found.push(...page);
  return found;
}

test('a value that is not there is absent', async () => {
  await hr('people', `${header}\n${line.replace(',FIN,', ',,')}\n`);
  expect((await people())[0]?.attributes).toMatchObject({ identifier: 'camille.roy', site: 'PAR' });
  expect((await people())[0]?.attributes).not.toHaveProperty('department');
});

test('a column that is not there ends the reading, also when it was there before', async () => {
  await hr('people', `${header}\n${line}\n`);
  expect(await people()).toHaveLength(1);
  await hr('people', `${header.replace('department', 'departement')}\n${line}\n`);
  await expect(people()).rejects.toThrow(
    /"department" is missing in people, which has: identifier, .*departement.*endDate/,
  );
});
