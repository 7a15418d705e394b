import { type ClusterOptions, timeoutOf } from "../cluster-access.ts";
import { type Define, examples } from "../shell.ts";
import type { UpOptions } from "../up/up.ts";

export const define: Define = (command, { terminal, signal }) => {
  command
    .option(
      "--repo <dir|url>",
      "repository to run instead of a sample; a folder's commits are applied as you make them",
    )
    .option("--path <path>", "folder of the repository to apply", "./")
    .option("--branch <name>", "branch to follow (default: the current one of a folder, main of a URL)")
    .option("--once", "exit with 0 as soon as everything is Ready")
    .option("--port <port>", "port of the Kubernetes API (default: a free one)")
    .option("--data <dir>", "keep the cluster's objects, artifacts and logs in this folder between runs")
    .action(async () => {
      // The bundle leaves this file where it is, as the controllers are started from their sources.
      const { up } = await import("../up/up.ts").catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== "ERR_MODULE_NOT_FOUND") throw thrown;
        throw new Error("sluice up runs in a clone of Sluice's repository: npm start", { cause: thrown });
      });
      const options = command.optsWithGlobals<UpOptions & ClusterOptions>();
      return up(terminal, options, timeoutOf(options), signal);
    });
  examples(command, {
    "see it work, with a sample repository": "sluice up",
    "try out your own repository": "sluice up --repo . --path ./clusters/production",
    "check in CI that everything becomes Ready": "sluice up --repo . --once --timeout 3m",
  });
};
