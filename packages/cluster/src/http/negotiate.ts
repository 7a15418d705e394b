import { apiError } from "../errors.ts";

/** How an answer is written. */
export type Format = {
  media: "json" | "yaml";
  /** Table and PartialObjectMetadata, with the version of meta.k8s.io they are asked in */
  as?: "Table" | "PartialObjectMetadata";
  /** metadata was asked for as a list */
  asList?: boolean;
  asVersion?: string;
  /** the discovery document in which all groups are in one */
  aggregated?: "v2" | "v2beta1";
  pretty: boolean;
};

const SUPPORTED =
  "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf";

const NO_REPRESENTATION =
  "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf";

/**
 * Picks the first media range of an Accept header that this server can write; protobuf is never picked, as kubectl and client-go always
 * offer JSON after it. Throws 406 if nothing fits.
 * @param transforms whether Table and PartialObjectMetadata make sense for what is asked
 */
export function negotiate(accept: string | undefined, pretty: boolean, transforms: boolean): Format {
  if (!accept || accept === "*/*") return { media: "json", pretty };
  for (const range of accept.split(",")) {
    const [type, ...rest] = range.split(";").map((part) => part.trim());
    const media = mediaOf(type!.toLowerCase());
    if (!media) continue;
    const parameters = Object.fromEntries(rest.map((part) => part.split("=").map((side) => side.trim())));
    const wanted: string | undefined = parameters["as"];
    if (!wanted) return { media, pretty };
    const kind = wanted.replace(/List$/, "");
    if (wanted === "APIGroupDiscoveryList" && parameters["g"] === "apidiscovery.k8s.io") {
      if (parameters["v"] === "v2" || parameters["v"] === "v2beta1")
        return { media, pretty, aggregated: parameters["v"] };
      continue;
    }
    const known = parameters["g"] === "meta.k8s.io" && ["v1", "v1beta1"].includes(parameters["v"]);
    if (transforms && known && (kind === "Table" || kind === "PartialObjectMetadata"))
      return { media, pretty, as: kind, asVersion: parameters["v"]!, asList: wanted.endsWith("List") };
  }
  const known = accept.split(",").some((range) => mediaOf(range.split(";")[0]!.trim().toLowerCase()));
  throw known
    ? apiError(406, "NotAcceptable", SUPPORTED)
    : apiError(406, "NotAcceptable", NO_REPRESENTATION, {});
}

function mediaOf(type: string): Format["media"] | undefined {
  if (type === "*/*" || type === "application/json") return "json";
  return type === "application/yaml" ? "yaml" : undefined;
}
