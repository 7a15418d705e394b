#!/usr/bin/env node
// Starts the CLI on a Node that runs TypeScript; plain JavaScript, so that an older Node gets this far.
import { fileURLToPath } from "node:url";
import { install, run } from "../../../scripts/run.mjs";

install();
run(fileURLToPath(new URL("../src/main.ts", import.meta.url)), process.argv.slice(2));
