import {
  accessFrom,
  artifactSchema,
  certSecretRef,
  column,
  conditionList,
  ignore,
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
import { boolean, defaulted, legacy, object, oneOf, optional, shortDuration, string } from "../schema.ts";

const sts = object("Security token service to get temporary credentials from; for aws and generic.", {
  provider: oneOf("Kind of the service.", ["aws", "ldap"]),
  endpoint: string("Address of the service.", { pattern: "^(http|https)://.*$" }),
  secretRef: optional(nameRef("Secret with `username` and `password`; for ldap.")),
  certSecretRef,
});

const spec = object(
  "Which bucket to fetch, how often and with which credentials.",
  {
    provider: defaulted(
      "generic",
      oneOf("Kind of the store; generic is anything that speaks S3.", ["generic", "aws", "gcp", "azure"]),
    ),
    bucketName: string("Name of the bucket."),
    endpoint: string("Host (and port) of the store, without a scheme; for azure the address of the account."),
    region: optional(string("Region of the bucket.")),
    prefix: optional(string("Only objects whose key starts with this.")),
    sts: optional(sts),
    secretRef: optional(
      nameRef(
        "Secret with the credentials: `accesskey` and `secretkey`, `serviceaccount` for gcp, or one of the sets for azure.",
      ),
    ),
    serviceAccountName: optional(
      string("ServiceAccount whose cloud identity to use; for aws, azure and gcp."),
    ),
    certSecretRef,
    proxySecretRef,
    interval,
    timeout: defaulted("60s", shortDuration("How long fetching may take.")),
    ignore,
    insecure: optional(boolean("Allow a store without TLS.")),
    suspend,
    accessFrom: legacy(accessFrom),
  },
  {
    rules: [
      {
        rule: "self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)",
        message: "sts needs provider aws or generic",
      },
      {
        rule: "self.provider != 'aws' || !has(self.sts) || self.sts.provider == 'aws'",
        message: "with provider aws, sts.provider must be aws",
      },
      {
        rule: "self.provider != 'generic' || !has(self.sts) || self.sts.provider == 'ldap'",
        message: "with provider generic, sts.provider must be ldap",
      },
      {
        rule: "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.secretRef)",
        message: "with sts.provider aws, sts.secretRef must not be set",
      },
      {
        rule: "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.certSecretRef)",
        message: "with sts.provider aws, sts.certSecretRef must not be set",
      },
      {
        rule: "self.provider != 'generic' || !has(self.serviceAccountName)",
        message: "with provider generic, serviceAccountName must not be set",
      },
      {
        rule: "!has(self.secretRef) || !has(self.serviceAccountName)",
        message: "set only one of secretRef and serviceAccountName",
      },
    ],
  },
);

const status = object("What was fetched last and how it went.", {
  observedGeneration,
  conditions: conditionList,
  artifact: optional(artifactSchema),
  url: optional(string("Address of the latest artifact, inside the cluster.")),
  observedIgnore,
  lastHandledReconcileAt,
});

export const bucket = kind({
  group: groups.source,
  version: "v1",
  kind: "Bucket",
  plural: "buckets",
  shortNames: [],
  categories: ["all", "fluxcd", "fluxcd-sources"],
  controller: "source-controller",
  description: "A bucket of an object store to fetch; its content becomes an artifact for others to apply.",
  columns: [
    { name: "Endpoint", type: "string", jsonPath: ".spec.endpoint" },
    column.age,
    column.ready,
    column.status,
  ],
  deprecatedVersions: ["v1beta1", "v1beta2"],
  spec,
  status: defaulted(unobserved, status),
  modernize: ({ accessFrom: _, ...spec }) => spec,
});

export type Bucket = KindOf<typeof bucket>;
