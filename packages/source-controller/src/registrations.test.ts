import assert from "node:assert/strict";
import { test } from "node:test";
import type { Context } from "@sluice/runtime";
import { registrations } from "./registrations.ts";

test("an address to serve artifacts at that is none ends the process before it waits to lead", async () => {
  const context = { flags: {} } as Context;
  const storage = { path: "/nowhere", address: "9090", advertised: "here" };
  await assert.rejects(registrations(context, storage), /"9090" is not an address; write it like :8080/);
});
