import type { Scenarios } from "./scenario.fixture.ts";
import { serverSideApply } from "./scenarios/apply.fixture.ts";
import { asking } from "./scenarios/asking.fixture.ts";
import { create } from "./scenarios/create.fixture.ts";
import { customResources } from "./scenarios/custom.fixture.ts";
import { operators } from "./scenarios/definitions.fixture.ts";
import { deletion } from "./scenarios/delete.fixture.ts";
import { expressions } from "./scenarios/expressions.fixture.ts";
import { fields } from "./scenarios/fields.fixture.ts";
import { keeping } from "./scenarios/keeping.fixture.ts";
import { kinds } from "./scenarios/kinds.fixture.ts";
import { workloadManifests } from "./scenarios/manifests.fixture.ts";
import { merging } from "./scenarios/merging.fixture.ts";
import { mutatingPolicies } from "./scenarios/mutations.fixture.ts";
import { otherManifests } from "./scenarios/objects.fixture.ts";
import { patch } from "./scenarios/patch.fixture.ts";
import { validatingPolicies } from "./scenarios/policies.fixture.ts";
import { reading } from "./scenarios/read.fixture.ts";
import { registrations } from "./scenarios/registrations.fixture.ts";
import { shipped } from "./scenarios/shipped.fixture.ts";
import { subresources } from "./scenarios/subresources.fixture.ts";
import { tables } from "./scenarios/tables.fixture.ts";
import { tenants } from "./scenarios/tenants.fixture.ts";
import { traffic } from "./scenarios/traffic.fixture.ts";
import { update } from "./scenarios/update.fixture.ts";
import { watching } from "./scenarios/watch.fixture.ts";
import { webhooks } from "./scenarios/webhooks.fixture.ts";

/** All scenarios, by the name of their recording. */
export const suites: Record<string, Scenarios> = {
  create,
  update,
  patch,
  apply: serverSideApply,
  delete: deletion,
  read: reading,
  watch: watching,
  fields,
  kinds,
  custom: customResources,
  expressions,
  subresources,
  manifests: workloadManifests,
  objects: otherManifests,
  merging,
  keeping,
  asking,
  tables,
  tenants,
  traffic,
  policies: validatingPolicies,
  mutations: mutatingPolicies,
  registrations,
  webhooks,
  definitions: operators,
  shipped,
};
