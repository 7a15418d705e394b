import { runMain } from "./main.ts";
import { controller, done } from "./problem.ts";
import { thingKind } from "./thing.fixture.ts";

// A controller as a process of its own: prints when a visit begins and how its step ends.
await runMain({
  name: "thing-controller",
  version: "1.0.0",
  flags: { hang: { type: "boolean", value: false, help: "Never end a step." } },
  registrations: ({ flags }) => [
    {
      controller: controller({
        kind: thingKind,
        steps: { apply: { reason: "ApplyFailed" } },
        async reconcile(_thing, _deps, step) {
          console.log("visiting");
          await step("apply", (signal) => {
            if (!flags.hang) return undefined;
            return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          });
          return done({}, "ok");
        },
      }),
      deps: {},
    },
  ],
});
