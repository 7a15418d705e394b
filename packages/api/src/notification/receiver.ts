import {
  column,
  conditionList,
  interval,
  lastHandledReconcileAt,
  nameRef,
  observedGeneration,
  suspend,
  unobserved,
} from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import { defaulted, list, object, oneOf, optional, string } from "../schema.ts";
import { objectChoice } from "./common.ts";

const expression = (description: string) => string(`CEL expression: ${description}`);

const oidcProvider = object("One issuer of tokens, and what a token must say.", {
  issuerURL: string("Address of the issuer; tokens name it in their claim `iss`.", { pattern: "^https?://" }),
  audience: optional(string("What the claim `aud` must be; notification-controller unless given.")),
  variables: optional(
    list(
      "Values to use in the validations as `vars.<name>`, computed in order.",
      object("One value.", {
        name: string("Name of the value."),
        expression: expression("the value, over `claims` and the values before."),
      }),
    ),
  ),
  validations: list(
    "All must be true for a request to be let in. A signature alone says nothing about who calls, so check it here.",
    object("One check.", {
      expression: expression("true if the token may pass, over `claims` and `vars`."),
      message: string("What to answer otherwise."),
    }),
    { minItems: 1 },
  ),
});

const spec = object(
  "Who may call, and what a call wakes.",
  {
    type: oneOf("Who calls, and so how a call is verified and read.", [
      "generic",
      "generic-hmac",
      "generic-oidc",
      "github",
      "gitlab",
      "bitbucket",
      "harbor",
      "dockerhub",
      "quay",
      "gcr",
      "nexus",
      "acr",
      "cdevents",
    ]),
    interval: defaulted("10m", interval),
    events: optional(
      list(
        "Only these events, as the caller names them; all unless given.",
        string("Name of an event, for example push."),
      ),
    ),
    resources: list(
      "What to reconcile on a call.",
      object("Objects to reconcile.", {
        ...objectChoice,
        filter: optional(
          expression(
            "true if the object is to be reconciled, over `res` (its metadata), `req` (the call's body) and `claims`.",
          ),
        ),
      }),
    ),
    resourceFilter: optional(
      expression(
        "true if an object is to be reconciled, for all of `resources`; over `res`, `req` and `claims`.",
      ),
    ),
    secretRef: optional(
      nameRef(
        "Secret with the `token` that calls are verified by (for gcr also `email` and `audience`). Needed by every type but generic-oidc.",
      ),
    ),
    oidcProviders: optional(
      list("Issuers whose tokens are let in; for generic-oidc.", oidcProvider, {
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["issuerURL"],
      }),
    ),
    suspend,
  },
  {
    rules: [
      {
        rule: "self.type != 'generic-oidc' || (has(self.oidcProviders) && size(self.oidcProviders) > 0)",
        message: "type generic-oidc needs at least one of oidcProviders",
      },
      {
        rule: "self.type == 'generic-oidc' || !has(self.oidcProviders) || size(self.oidcProviders) == 0",
        message: "oidcProviders needs type generic-oidc",
      },
      {
        rule: "self.type != 'generic-oidc' || !has(self.secretRef)",
        message: "with type generic-oidc, secretRef must not be set",
      },
      {
        rule: "self.type == 'generic-oidc' || has(self.secretRef)",
        message: "every type but generic-oidc needs secretRef",
      },
    ],
  },
);

const status = object("Where to call.", {
  observedGeneration,
  conditions: conditionList,
  webhookPath: optional(string("Path of the webhook: `/hook/<hex sha256 of token, name and namespace>`.")),
  lastHandledReconcileAt,
});

export const receiver = kind({
  group: groups.notification,
  version: "v1",
  kind: "Receiver",
  plural: "receivers",
  shortNames: [],
  categories: ["all", "fluxcd", "fluxcd-notifications"],
  controller: "notification-controller",
  description: "A webhook that Git hosts and registries call, so that objects are reconciled at once.",
  columns: [column.age, column.ready, column.status],
  deprecatedVersions: ["v1beta1", "v1beta2"],
  spec,
  status: defaulted(unobserved, status),
});

export type Receiver = KindOf<typeof receiver>;
