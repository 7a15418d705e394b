import { words } from "../words.ts";

/** Reasons that the kinds of source-controller share. */
export const sourceReasons = words(
  "Succeeded",
  "NewArtifact",
  "NewRevision",
  "ArtifactUpToDate",
  "URLInvalid",
  "AuthenticationFailed",
  "VerificationError",
  "Verified",
  "InvalidPath",
  "IllegalPath",
  "DirectoryCreationFailed",
  "StatOperationFailed",
  "ReadOperationFailed",
  "AcquireLockFailed",
  "ArchiveOperationFailed",
  "PatchOperationFailed",
  "SymlinkUpdateFailed",
  "CacheOperationFailed",
  "NoArtifact",
  "GarbageCollectionSucceeded",
  "GarbageCollectionFailed",
  "InvalidProviderConfiguration",
  "InvalidSTSConfiguration",
);
