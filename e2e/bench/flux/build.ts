/** Flux's own kustomize-controller, to compare with: built on first use from the module beside this file, kept outside the repository. */
import { join } from "node:path";
import { unavailable } from "../../controlplane/errors.ts";
import { cacheOf, go, once, onPath, recipeOf } from "../../programs.ts";

export const fluxVersion = "v1.9.5";
const command = "github.com/fluxcd/kustomize-controller";
const flags = ["-trimpath", "-ldflags", "-s -w"];
const buildMs = 60 * 60_000;

/**
 * The path of the program, built on first use, from the cache after that.
 * @throws an error with exit code 3 when Go is missing
 */
export async function fluxController(say: (step: string) => void): Promise<string> {
  const here = import.meta.dirname;
  const recipe = await recipeOf([join(here, "go.mod"), join(here, "go.sum")], [command, flags]);
  const built = await once(cacheOf("flux"), `kustomize-controller-${fluxVersion}-${recipe}`, async (dir) => {
    if (onPath("go") === undefined)
      throw unavailable(
        "Go is not installed: Flux's controller is built with 'go build' (Go 1.26 or newer); see https://go.dev/dl",
      );
    say(`building Flux's kustomize-controller ${fluxVersion}: about six minutes on two cores, once`);
    await go(
      here,
      "nice",
      ["-n", "19", "go", "build", ...flags, "-o", `${dir}/`, command],
      "building it",
      buildMs,
    );
  });
  return join(built, "kustomize-controller");
}
