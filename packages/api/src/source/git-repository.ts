import {
  accessFrom,
  artifactSchema,
  column,
  conditionList,
  ignore,
  includedArtifact,
  interval,
  lastHandledReconcileAt,
  nameRef,
  observedGeneration,
  observedIgnore,
  proxySecretRef,
  suspend,
  unobserved,
} from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import {
  boolean,
  defaulted,
  legacy,
  list,
  object,
  oneOf,
  optional,
  shortDuration,
  string,
} from "../schema.ts";
import { gitRef } from "./git-ref.ts";

const include = object("Another repository whose content is copied into this one's artifact.", {
  repository: nameRef("GitRepository of the same namespace to copy from."),
  fromPath: optional(string("Directory to copy; the root unless given.")),
  toPath: optional(string("Directory to copy into; the name of the repository unless given.")),
});

const sparseCheckout = optional(
  list("Directories to check out; everything unless given.", string("Directory, relative to the root.")),
);

const spec = object(
  "What to fetch, how often and with which credentials.",
  {
    url: string(
      "Address of the repository: https://, http:// or ssh://. The form git@host:path is not accepted.",
      {
        pattern: "^(http|https|ssh)://.*$",
      },
    ),
    secretRef: optional(
      nameRef(
        "Secret with the credentials: `username` and `password`, or `bearerToken`, for HTTPS; `identity`, `known_hosts` and, if the key needs one, `password` for SSH; `ca.crt`, `tls.crt` and `tls.key` for TLS; `githubAppID`, `githubAppInstallationID` or `githubAppInstallationOwner`, and `githubAppPrivateKey` with provider github.",
      ),
    ),
    provider: optional(
      oneOf(
        "How to authenticate: with `secretRef` only (generic), or through the identity of a cloud or a GitHub App.",
        ["generic", "aws", "azure", "github"],
      ),
    ),
    serviceAccountName: optional(
      string(
        "ServiceAccount whose cloud identity to use; the controller's own unless given. For aws and azure.",
      ),
    ),
    interval,
    timeout: defaulted("60s", shortDuration("How long one Git operation may take.")),
    ref: optional(
      gitRef(
        "What to check out; branch `master` unless given. If several are set: commit, name, semver, tag, branch.",
      ),
    ),
    verify: optional(
      object("Accept a revision only with a good signature.", {
        mode: defaulted(
          "HEAD",
          oneOf(
            "What must be signed: the commit (HEAD), the tag, or both. `head` is an old spelling of HEAD.",
            ["head", "HEAD", "Tag", "TagAndHEAD"],
          ),
        ),
        secretRef: nameRef(
          "Secret with the public keys of trusted authors: PGP keys in entries ending in `.asc`, SSH keys in entries ending in `.sshpub`.",
        ),
      }),
    ),
    proxySecretRef,
    ignore,
    suspend,
    recurseSubmodules: optional(boolean("Check out submodules too, with the same credentials.")),
    include: optional(list("Repositories to copy into the artifact.", include)),
    sparseCheckout,
    gitImplementation: legacy(
      oneOf("Deprecated and without effect: there is one Git implementation.", ["go-git", "libgit2"]),
    ),
    accessFrom: legacy(accessFrom),
  },
  {
    rules: [
      {
        rule: "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))",
        message: "serviceAccountName needs provider aws or azure",
      },
    ],
  },
);

const status = object("What was fetched last and how it went.", {
  observedGeneration,
  conditions: conditionList,
  artifact: optional(artifactSchema),
  includedArtifacts: optional(list("The artifacts that were copied into this one.", includedArtifact)),
  observedIgnore,
  observedRecurseSubmodules: optional(boolean("`spec.recurseSubmodules` of the current artifact.")),
  observedInclude: optional(list("`spec.include` of the current artifact.", include)),
  observedSparseCheckout: optional(
    list("`spec.sparseCheckout` of the current artifact.", string("Directory.")),
  ),
  sourceVerificationMode: optional(string("`spec.verify.mode` by which the current artifact was verified.")),
  lastHandledReconcileAt,
});

export const gitRepository = kind({
  group: groups.source,
  version: "v1",
  kind: "GitRepository",
  plural: "gitrepositories",
  shortNames: ["gitrepo"],
  categories: ["all", "fluxcd", "fluxcd-sources"],
  controller: "source-controller",
  description: "A Git repository to fetch; its content becomes an artifact for others to apply.",
  columns: [{ name: "URL", type: "string", jsonPath: ".spec.url" }, column.age, column.ready, column.status],
  deprecatedVersions: ["v1beta1", "v1beta2"],
  spec,
  status: defaulted(unobserved, status),
  modernize: ({ gitImplementation: _, accessFrom: __, ...spec }) =>
    spec.verify?.mode === "head" ? { ...spec, verify: { ...spec.verify, mode: "HEAD" } } : spec,
});

export type GitRepository = KindOf<typeof gitRepository>;
