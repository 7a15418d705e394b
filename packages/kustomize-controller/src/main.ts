import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runMain } from "@sluice/runtime";
import manifest from "../package.json" with { type: "json" };
import { flags, gates } from "./flags.ts";
import { registrations } from "./registrations.ts";

const scratch = mkdtempSync(join(tmpdir(), "kustomize-controller-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

await runMain({
  name: "kustomize-controller",
  version: manifest.version,
  flags,
  gates,
  registrations: (context) =>
    registrations(context, { scratch, sourceLocalhost: process.env.SOURCE_CONTROLLER_LOCALHOST }),
});
