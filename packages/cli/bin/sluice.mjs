#!/usr/bin/env node
// Starts the CLI: its bundle in this process, made first if it is not there or not of today's sources. Plain JavaScript,
// so that an older Node gets this far.
import { fileURLToPath } from "node:url";
import { cliBundle, install, run, runsTypescript } from "../../../scripts/run.mjs";

install();
const bundle = cliBundle();
if (bundle && runsTypescript()) await import(bundle);
else run(bundle ?? fileURLToPath(new URL("../src/main.ts", import.meta.url)), process.argv.slice(2));
