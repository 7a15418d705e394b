import { object, optional, string } from "../schema.ts";

const fields = {
  name: string("The image without a tag, for example `ghcr.io/org/app`."),
  tag: string("Its tag."),
  digest: optional(string("The digest of the tag, `sha256:<hex>`.")),
};

export const imageRef = (description: string) => object(description, fields);
