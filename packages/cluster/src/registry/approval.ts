/** Groups of the Kubernetes community are not for everybody: their definitions say who approved them (apiextensions-apiserver, apihelpers). */
import type { KubeObject } from "@sluice/api";
import { type FieldError, parseUrl } from "../schema/index.ts";

const KEY = "api-approved.kubernetes.io";
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";

type Approval = { status: "True" | "False"; reason: string; message: string };

/** Whether the definition was approved; undefined for groups that need no approval. */
function approvalOf({ metadata, spec }: KubeObject): Approval | undefined {
  if (!/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(spec?.["group"] ?? "")) return undefined;
  const text = metadata.annotations?.[KEY] ?? "";
  const rule = `protected groups must have approval annotation "${KEY}"`;
  if (text === "") return { status: "False", reason: "MissingAnnotation", message: `${rule}, ${SEE}` };
  if (text.startsWith("unapproved"))
    return {
      status: "False",
      reason: "UnapprovedAnnotation",
      message: `not approved: ${JSON.stringify(text)}`,
    };
  if (isLink(text)) return { status: "True", reason: "ApprovedAnnotation", message: `approved in ${text}` };
  const words = `${rule} with either a URL or a reason starting with "unapproved", ${SEE}`;
  return { status: "False", reason: "InvalidAnnotation", message: words };
}

function isLink(text: string): boolean {
  try {
    const { scheme, host } = parseUrl(text);
    return scheme !== "" && host !== "";
  } catch {
    return false;
  }
}

/** The condition that tells of it. */
export function approvalCondition(crd: KubeObject): (Approval & { type: string }) | undefined {
  const approval = approvalOf(crd);
  return approval && { type: "KubernetesAPIApprovalPolicyConformant", ...approval };
}

/** What is wrong with the annotation; what was wrong before may stay so. */
export function checkApproval(crd: KubeObject, old: KubeObject | undefined): FieldError[] {
  const approval = approvalOf(crd);
  if (!approval || (old && approvalOf(old)?.reason === approval.reason)) return [];
  const at = { path: `metadata.annotations[${KEY}]`, detail: approval.message };
  if (approval.reason === "MissingAnnotation") return [{ ...at, type: "Required value" }];
  if (approval.reason !== "InvalidAnnotation") return [];
  return [{ ...at, type: "Invalid value", value: crd.metadata.annotations?.[KEY] }];
}
