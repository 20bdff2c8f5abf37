// Managed systems and the ways into them as clients meet them, secrets not among it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, camille, closeCatalogue, openCatalogue } from './catalogue.js';

beforeAll(openCatalogue);
afterAll(closeCatalogue);

describe('connectors', () => {
  it('show systems, ways into them and limits to those who may see them', async () => {
    const { data } =
      await ask(`{ connectors { identifier isEnabled viewerCanUpdate thresholds { name limit isPercentage } entityTypes { identifier }
      resourceTypes { identifier } connections { identifier package { name displayName capabilities } } } connector(identifier: "crm") { displayName } }`);
    expect(data.connectors.map((one: { identifier: string }) => one.identifier)).toEqual(['hr', 'expense', 'crm']);
    expect(data.connectors[2]).toMatchObject({
      isEnabled: true,
      viewerCanUpdate: false,
      entityTypes: [{ identifier: 'crmAccount' }, { identifier: 'crmGroup' }],
      resourceTypes: [{ identifier: 'crm-account' }],
      connections: [
        {
          identifier: 'crm-database',
          package: { name: 'sql', displayName: 'sql (cannot be loaded)', capabilities: [] },
        },
      ],
    });
    expect(data.connectors[0].thresholds).toContainEqual({
      name: 'synchronization.delete.percent',
      limit: 5,
      isPercentage: true,
    });
    expect(data.connector).toEqual({ displayName: 'Customer relations' });
  });

  it('say how they are doing, in the order asked', async () => {
    const { data } = await ask('{ connectors { health { status reason since successRate24h } } }');
    const health = (reason: string) => ({
      health: { status: 'HEALTHY', reason, since: '2026-03-02T00:00:00.000Z', successRate24h: null },
    });
    expect(data.connectors).toEqual([
      health('hr: hr-file'),
      health('expense: expense-file'),
      health('crm: crm-database'),
    ]);
  });

  it('never show what is secret or kept elsewhere', async () => {
    const { data } = await ask('{ connectors { connections { settings } } }');
    const [hr, , crm] = data.connectors.map(
      (one: { connections: { settings: Record<string, unknown> }[] }) => one.connections[0]?.settings,
    );
    expect(hr).toMatchObject({ folder: '${dataFolder}/demo/hr', readOnly: true });
    // Nobody knows which settings of a package that cannot be loaded are secret.
    expect(crm).toMatchObject({ host: { $secret: true }, port: { $secret: true }, password: { $secret: true } });
  });

  it('are not for employees', async () => {
    expect((await ask('{ connectors { id } }', camille())).errors).toEqual(['FORBIDDEN']);
    const { data } = await ask(
      '{ connector(identifier: "crm") { id } node(id: "cnx_crm-database") { id } resourceTypes { provisioningConnection { id } targetEntityType { connector { id } } } }',
      camille(),
    );
    const none = { provisioningConnection: null, targetEntityType: { connector: null } };
    expect(data).toEqual({ connector: null, node: null, resourceTypes: [none, none] });
  });
});
