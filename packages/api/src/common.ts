/** Parts that several kinds have in common. */
import {
  anything,
  boolean,
  defaulted,
  duration,
  type Infer,
  integer,
  list,
  map,
  object,
  oneOf,
  optional,
  requiredWithDefault,
  string,
  time,
} from "./schema.ts";

/** A reference to an object of the same namespace by name. */
export const nameRef = (description: string) => object(description, { name: string("Name of the object.") });

/** How often to reconcile. */
export const interval = duration(
  "How often to look again when nothing has called for it, for example `10m`. A change is picked up at once wherever it can be seen; the interval is the safety net.",
);

export const suspend = optional(
  boolean(
    "Set to true to stop reconciling this object until it is unset. What it has made so far stays in place.",
  ),
);

const conditionType =
  "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$";

const condition = object("One observation about this object.", {
  type: string("What is observed, for example `Ready`.", { pattern: conditionType, maxLength: 316 }),
  status: oneOf("Whether it holds.", ["True", "False", "Unknown"]),
  reason: string("Why, in one word that programs can match.", {
    pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
    minLength: 1,
    maxLength: 1024,
  }),
  message: string("Why, in a sentence for people.", { maxLength: 32768 }),
  lastTransitionTime: time("When `status` last changed."),
  observedGeneration: optional(
    integer("Generation of the object that this was observed on.", { minimum: 0, format: "int64" }),
  ),
});

export const observedGeneration = optional(
  integer("Latest generation of the object that was taken in; -1 until the first.", { format: "int64" }),
);

export const lastHandledReconcileAt = optional(
  string("The value of the annotation `reconcile.fluxcd.io/requestedAt` that was handled last."),
);

/** The status fields that every kind with a status has. */
export const conditionList = optional(list("What is known about this object, one entry a type.", condition));

/** What the API server puts in the status of a new object: nothing has been observed. */
export const unobserved = { observedGeneration: -1 };

const artifactFields = {
  path: string("Path of the file relative to the root of the artifact store."),
  url: string("Address to download the file from, inside the cluster."),
  revision: string(
    "What the content is in terms of its origin: `main@sha1:<commit>`, `<tag>@sha256:<digest>`, a chart version.",
  ),
  digest: string("Checksum of the file as `<algorithm>:<hex>`. Consumers refuse a file that differs.", {
    pattern: "^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$",
  }),
  lastUpdateTime: time("When this content was first stored."),
  size: optional(integer("Size of the file in bytes.", { format: "int64" })),
  metadata: optional(map("Facts about the origin, such as OCI annotations.", string("Value."))),
};

export const artifactSchema = object("The latest content that was fetched and stored.", artifactFields);
export const includedArtifact = object("One artifact that was copied into this one.", artifactFields);

/** What a source has stored and others consume. */
export type Artifact = Infer<typeof artifactSchema>;

export const accessFrom = object(
  "Which other namespaces may refer to this object. An empty list of labels matches every namespace.",
  {
    namespaceSelectors: list(
      "Namespaces are admitted if one of these matches.",
      object("Selects namespaces by label.", {
        matchLabels: optional(
          map("Labels that the namespace must have, with these values.", string("Value.")),
        ),
      }),
    ),
  },
);

export const kubeConfig = object(
  "Where to apply: another cluster than the one this object lives in.",
  {
    secretRef: optional(
      object("Secret that holds a kubeconfig.", {
        name: string("Name of the Secret."),
        key: optional(string("Key of the kubeconfig in the Secret; `value` or `value.yaml` unless given.")),
      }),
    ),
    configMapRef: optional(
      nameRef(
        "ConfigMap that describes how to reach and authenticate to the cluster through a cloud's identity (`data.provider`, `data.cluster`, `data.address`, `data['ca.crt']`, `data.audiences`, `data.serviceAccountName`).",
      ),
    ),
  },
  {
    rules: [
      {
        rule: "has(self.configMapRef) || has(self.secretRef)",
        message: "set either configMapRef or secretRef",
      },
      {
        rule: "!has(self.configMapRef) || !has(self.secretRef)",
        message: "set only one of configMapRef and secretRef",
      },
    ],
  },
);

export const commonMetadata = object(
  "Labels and annotations to put on every applied object; they win over its own.",
  {
    labels: optional(map("Labels to set.", string("Value."))),
    annotations: optional(map("Annotations to set.", string("Value."))),
  },
);

const selectorFields = {
  group: optional(string("API group, as an anchored regular expression.")),
  version: optional(string("API version, as an anchored regular expression.")),
  kind: optional(string("Kind, as an anchored regular expression.")),
  name: optional(string("Name, as an anchored regular expression.")),
  namespace: optional(string("Namespace, as an anchored regular expression.")),
  labelSelector: optional(string("Label selector in the form of `kubectl get -l`.")),
  annotationSelector: optional(string("The same grammar over annotations.")),
};

/** Chooses objects; all given parts must match, an empty selector matches everything. */
const selector = (description: string) => object(description, selectorFields);

export const patch = object("One patch and what it applies to.", {
  patch: string(
    "The patch as inline YAML: a strategic merge patch (a partial object), or a JSON patch (a list of operations).",
  ),
  target: optional(
    selector("Objects to patch. A strategic merge patch without a target goes to the object it names."),
  ),
});

export const image = object("One image to replace.", {
  name: string("Name of the image as the manifests have it, without tag or digest."),
  newName: optional(string("Name to use instead.")),
  newTag: optional(string("Tag to use instead.")),
  digest: optional(string("Digest to pin to; wins over `newTag`.")),
});

/** `patchesStrategicMerge` and `patchesJson6902` of the beta versions. */
export const strategicMergePatches = list(
  "Deprecated: use `patches`. Partial objects to merge.",
  anything("A partial object."),
);

export const json6902Patches = list(
  "Deprecated: use `patches`. JSON patches with their targets.",
  object("One JSON patch and what it applies to.", {
    target: selector("Objects to patch."),
    patch: list(
      "The operations, in order.",
      object("One operation (RFC 6902).", {
        op: oneOf("What to do.", ["test", "remove", "add", "replace", "move", "copy"]),
        path: string("JSON pointer to the place."),
        from: optional(string("JSON pointer to the origin, for `move` and `copy`.")),
        value: optional(anything("Value to add, replace with or test for.")),
      }),
    ),
  }),
);

type OldPatches = {
  patches?: { patch: string; target?: Infer<ReturnType<typeof selector>> }[];
  patchesStrategicMerge?: unknown[];
  patchesJson6902?: { target: Infer<ReturnType<typeof selector>>; patch: unknown[] }[];
};

/**
 * Folds the two patch fields of the beta versions into `patches`, in the order in which kustomize runs
 * them: strategic merge patches first, JSON patches last. JSON is YAML, so patches are written as JSON.
 */
export function foldPatches<T extends OldPatches>(
  from: T,
): Omit<T, "patchesStrategicMerge" | "patchesJson6902"> {
  const { patchesStrategicMerge = [], patchesJson6902 = [], ...rest } = from;
  if (patchesStrategicMerge.length === 0 && patchesJson6902.length === 0) return rest;
  const patches = [
    ...patchesStrategicMerge.map((patch) => ({ patch: JSON.stringify(patch) })),
    ...(from.patches ?? []),
    ...patchesJson6902.map(({ target, patch }) => ({ patch: JSON.stringify(patch), target })),
  ];
  return { ...rest, patches };
}

export const healthCheckExprs = list(
  "How to tell the health of objects whose own status does not say it: CEL expressions over `status` and `metadata` of the object.",
  object("Health of the objects of one kind.", {
    apiVersion: string("apiVersion of the objects; only the group counts."),
    kind: optional(string("Kind of the objects.")),
    inProgress: optional(string("True while the object is still on its way.")),
    failed: optional(string("True when the object has failed.")),
    current: string("True when the object is what it should be."),
  }),
);

export const ignoreRules = (description: string) =>
  list(
    description,
    object("Fields to leave alone, and where.", {
      paths: list("JSON pointers to the fields.", string("JSON pointer.")),
      target: optional(selector("Objects that this is about; all of them unless given.")),
    }),
  );

export const dependsOn = list(
  "Objects of the same kind that must be ready, at their current generation, before this one starts.",
  object("One dependency.", {
    name: string("Name of the object."),
    namespace: optional(string("Its namespace; the one of this object unless given.")),
    readyExpr: optional(
      string(
        "CEL expression over `dep` (the dependency) and `self` (this object) that must be true for the dependency to count as ready.",
      ),
    ),
  }),
);

export const inventory = object("Every object that was applied and is now looked after.", {
  entries: list(
    "The objects.",
    object("One object.", {
      id: string("`<namespace>_<name>_<group>_<kind>`."),
      v: string("API version that it was applied in."),
    }),
  ),
});

export const column = {
  ready: { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  status: { name: "Status", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
  age: { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
} as const;

export const cloudProvider = (description: string) =>
  defaulted("generic", oneOf(description, ["generic", "aws", "azure", "gcp"]));

/** Certificates for TLS; the same Secret everywhere. */
export const certSecretRef = optional(
  nameRef(
    "Secret with certificates for TLS: `ca.crt` to trust, `tls.crt` and `tls.key` to present. Its type is Opaque or kubernetes.io/tls.",
  ),
);

export const proxySecretRef = optional(
  nameRef("Secret with the proxy to go through: `address`, `username`, `password`."),
);

export const ignore = optional(
  string("Files to leave out of the artifact, in the form of .gitignore. Replaces the default exclusions."),
);

export const observedIgnore = optional(string("`spec.ignore` of the current artifact."));

const signatureProvider = requiredWithDefault(
  "cosign",
  oneOf("Tool that made the signature.", ["cosign", "notation"]),
);

const signatureKeys = optional(
  nameRef(
    "Secret with trusted public keys (cosign: any key ending in `.pub`; notation: certificates and `trustpolicy.json`). Without it, cosign verifies keyless.",
  ),
);

/** Signature verification as a HelmRelease passes it on to its chart. */
export const chartTemplateVerify = object(
  "Accept the chart only with a good signature; for OCI registries.",
  {
    provider: signatureProvider,
    secretRef: signatureKeys,
  },
);

const matchOIDCIdentity = optional(
  list(
    "Identities that may have signed keyless; one of them must match. Any identity will do if the list is missing.",
    object("One identity, as regular expressions.", {
      issuer: string("Issuer of the signer's token."),
      subject: string("Subject of the signer's token."),
    }),
  ),
);

export const chartVerify = object("Accept the chart only with a good signature; for OCI registries.", {
  provider: signatureProvider,
  secretRef: signatureKeys,
  matchOIDCIdentity,
});

export const ociVerify = object("Accept the artifact only with a good signature.", {
  provider: signatureProvider,
  secretRef: signatureKeys,
  matchOIDCIdentity,
  trustedRootSecretRef: optional(
    nameRef(
      "Secret with a Sigstore trusted root (`trusted_root.json`), for keyless signatures of a private instance.",
    ),
  ),
});

/** `valuesFile` of the beta versions of HelmChart and HelmRelease. */
export const valuesFile = string("Deprecated: use `valuesFiles`. Goes before them.");

/** Folds `valuesFile` of the beta versions into `valuesFiles`; it comes first, so the others win over it. */
export function foldValuesFile<T extends { valuesFile?: string; valuesFiles?: string[] }>({
  valuesFile,
  ...rest
}: T): Omit<T, "valuesFile"> {
  return valuesFile ? { ...rest, valuesFiles: [valuesFile, ...(rest.valuesFiles ?? [])] } : rest;
}
