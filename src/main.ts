// The program: `joinery start` with the settings of the environment. Everything else is the command's (cli/main.ts).
import './cli/main.js';
