import { hostname } from "node:os";
import { resolve } from "node:path";
import { runMain } from "@sluice/runtime";
import manifest from "../package.json" with { type: "json" };
import { flags } from "./flags.ts";
import { registrations } from "./registrations.ts";

const { STORAGE_PATH, STORAGE_ADDR, STORAGE_ADV_ADDR, POD_IP } = process.env;

await runMain({
  name: "source-controller",
  version: manifest.version,
  flags,
  registrations: (context) => {
    const { storageAddr, storagePath, storageAdvAddr } = context.flags as Record<string, string>;
    const address = storageAddr || STORAGE_ADDR || ":9090";
    return registrations(context, {
      address,
      path: resolve(storagePath || STORAGE_PATH || "bin/data"),
      // What consumers ask when nobody says: this pod, at the port that is served.
      advertised:
        storageAdvAddr || STORAGE_ADV_ADDR || `${POD_IP ?? hostname()}:${address.split(":").at(-1)}`,
    });
  },
});
