// What runs in the process of a connector package: nothing of the engine but the loading of packages by name.
// Started by connector-process.ts, with the most it may hold outside of the heap (MB) as its argument.
import process from 'node:process';
import { loadConnectorPackage } from '@joinery/connector-kit';
import { serveConnector } from '@joinery/connector-kit/host';

serveConnector(loadConnectorPackage, Number(process.argv[2]));
