import { certSecretRef, column, nameRef, proxySecretRef, suspend } from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import { duration, object, oneOf, optional, shortDuration, string } from "../schema.ts";

const types = [
  "slack",
  "discord",
  "msteams",
  "rocket",
  "generic",
  "generic-hmac",
  "github",
  "gitlab",
  "gitea",
  "giteapullrequestcomment",
  "bitbucketserver",
  "bitbucket",
  "azuredevops",
  "googlechat",
  "googlepubsub",
  "webex",
  "sentry",
  "azureeventhub",
  "telegram",
  "lark",
  "matrix",
  "opsgenie",
  "alertmanager",
  "grafana",
  "githubdispatch",
  "githubpullrequestcomment",
  "gitlabmergerequestcomment",
  "pagerduty",
  "datadog",
  "nats",
  "zulip",
  "otel",
  "zoom",
  "incident.io",
] as const;

const spec = object(
  "Where to send events to.",
  {
    type: oneOf("Kind of the service.", types),
    address: optional(
      string(
        "Where the service is: an address, or what takes its place (a project, a repository). The key `address` of the Secret wins.",
        {
          maxLength: 2048,
        },
      ),
    ),
    channel: optional(string("Channel, topic or the like in the service.", { maxLength: 2048 })),
    username: optional(string("Name to post under.", { maxLength: 2048 })),
    secretRef: optional(
      nameRef(
        "Secret with the credentials: `token`, `address`, `username`, `password`, `headers` and so on, as the type needs them.",
      ),
    ),
    certSecretRef,
    proxy: optional(
      string("Deprecated: use `proxySecretRef`. Address of the proxy to go through.", {
        pattern: "^(http|https)://.*$",
        maxLength: 2048,
      }),
    ),
    proxySecretRef,
    serviceAccountName: optional(string("ServiceAccount whose cloud identity to use.")),
    commitStatusExpr: optional(
      string(
        "CEL expression over `event`, `alert` and `provider` for the name of the commit status; for Git services.",
      ),
    ),
    timeout: optional(shortDuration("How long one delivery may take; 15s unless given.")),
    interval: optional(duration("Deprecated and without effect.")),
    suspend,
  },
  {
    rules: [
      {
        rule: "self.type == 'github' || self.type == 'gitlab' || self.type == 'gitea' || self.type == 'bitbucketserver' || self.type == 'bitbucket' || self.type == 'azuredevops' || !has(self.commitStatusExpr)",
        message:
          "commitStatusExpr needs one of the types github, gitlab, gitea, bitbucketserver, bitbucket, azuredevops",
      },
    ],
  },
);

export const provider = kind({
  group: groups.notification,
  version: "v1beta3",
  kind: "Provider",
  plural: "providers",
  shortNames: [],
  categories: ["all", "fluxcd", "fluxcd-notifications"],
  controller: "notification-controller",
  description: "A service that events are sent to: a chat, a Git host's commit status, a monitoring system.",
  columns: [column.age],
  deprecatedVersions: ["v1beta1", "v1beta2"],
  spec,
});

export type Provider = KindOf<typeof provider>;
