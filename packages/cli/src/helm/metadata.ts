import type { Dependency, Metadata } from "@sluice/helm";
import { stringify } from "@sluice/yaml";

/** Chart.yaml as Helm writes it: sorted, without what is empty. */
export const metadataYaml = ({ dependencies, maintainers, ...rest }: Metadata): string =>
  stringify(
    filled({
      ...rest,
      maintainers: maintainers?.map((one) => filled(one)),
      dependencies: dependencies?.map(dependencyFields),
    }),
  );

/** A dependency with the fields that Helm writes; it leaves name and repository in even if they are empty. */
const dependencyFields = ({ name = "", repository = "", ...rest }: Dependency): object => ({
  ...filled(rest),
  name,
  repository,
});

/** The fields that hold something: Go's `omitempty`. */
function filled(fields: object): object {
  const kept = Object.entries(fields).filter(([, value]) => {
    if (Array.isArray(value)) return value.length > 0;
    if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
    return Boolean(value);
  });
  return Object.fromEntries(kept);
}
