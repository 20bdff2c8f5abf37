#!/usr/bin/env node
// The program: `joinery start` and the other commands. What starts is chosen by JOINERY_ROLE: api, worker, or all.
import { runCommand } from './cli/command.js';

process.exitCode = await runCommand(process.argv);
