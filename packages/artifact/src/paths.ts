const namePattern = /^[a-z0-9][a-z0-9.-]{0,252}$/;
const fileNamePattern = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,249}$/;

/** `<kind>/<namespace>/<name>`, the directory of an object's artifacts. Throws for names that Kubernetes would not have. */
export function objectPath(kind: string, namespace: string, name: string): string {
  const parts = [kind.toLowerCase(), namespace, name];
  const wrong = parts.find((part) => !namePattern.test(part));
  if (wrong !== undefined)
    throw new Error(`artifact of ${parts.join("/")}: ${JSON.stringify(wrong)} is no object's name`);
  return parts.join("/");
}

/** Whether `path` is one that the store could have given to an artifact. */
export function isArtifactPath(path: string): boolean {
  const parts = path.split("/");
  const fileName = parts.pop() ?? "";
  return (
    parts.length === 3 && parts.every((part) => namePattern.test(part)) && fileNamePattern.test(fileName)
  );
}

/** The file name that Flux gives to a tarball: the hexadecimal part of its revision (`main@sha1:6ac…` → `6ac….tar.gz`). */
export function fileNameOf(revision: string): string {
  const hex = revision.slice(revision.lastIndexOf(":") + 1);
  if (!/^[0-9a-f]{7,128}$/.test(hex)) {
    throw new Error(
      `artifact of revision ${JSON.stringify(revision)}: no digest to name the file after; give a fileName`,
    );
  }
  return `${hex}.tar.gz`;
}

/** Throws unless `fileName` is a plain one, and another than `taken`. */
export function checkFileName(fileName: string, taken?: string): string {
  if (!fileNamePattern.test(fileName) || fileName === taken) {
    const because =
      fileName === taken ? "the file and its link need different names" : "not a plain file name";
    throw new Error(`artifact file name ${JSON.stringify(fileName)}: ${because}`);
  }
  return fileName;
}

/** `a1b2.tar.gz` with the content's digest → `a1b2-<12 digits>.tar.gz`. */
export function withDigest(fileName: string, digest: string): string {
  const [, stem = fileName, extension = ""] = /^(.*?)(\.tar\.gz|\.tgz|\.yaml)?$/.exec(fileName) ?? [];
  return `${stem}-${digest.slice(digest.indexOf(":") + 1).slice(0, 12)}${extension}`;
}
