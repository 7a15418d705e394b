import { object, optional, string } from "../schema.ts";

/** What to check out of a Git repository. */
export const gitRef = (description: string) =>
  object(description, {
    branch: optional(string("Branch; its head is followed.")),
    tag: optional(string("Tag; wins over branch.")),
    semver: optional(
      string(
        "Range of versions, for example `>=1.0.0 <2.0.0`; the newest tag in it is followed. Wins over tag.",
      ),
    ),
    name: optional(
      string("Full name of a reference, for example `refs/pull/420/head`. Wins over branch, tag and semver."),
    ),
    commit: optional(string("Full SHA of a commit. With branch, only this branch is fetched to find it.")),
  });
