#!/usr/bin/env node
// Starts the CLI: its bundle in this process, made first if it is not there or not of today's sources. Plain CommonJS, so
// that an older Node gets this far, and a new one starts sooner.
const { isFresh, isInstalled, root, runsTypescript } = require("../../../scripts/fresh.cjs");

const bundle = `${root}/dist/sluice`;
if (isInstalled() && runsTypescript() && isFresh(bundle)) require(`${bundle}/sluice.cjs`);
else
  import("../../../scripts/run.mjs").then(({ cliBundle, install, run }) => {
    install();
    const made = cliBundle();
    if (made && runsTypescript()) require(made);
    else run(made ?? `${root}/packages/cli/src/main.ts`, process.argv.slice(2));
  });
