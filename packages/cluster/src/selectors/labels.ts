import { meetsAll, parseLabelSelector as parse, type Requirement } from "@sluice/api";
import { badRequest } from "../errors.ts";

type Labels = Record<string, string> | undefined;

/** Parses kubectl's label selector grammar; throws the 400 of the API server. */
export function parseLabelSelector(text: string): Requirement[] {
  try {
    return parse(text);
  } catch (thrown) {
    throw badRequest((thrown as Error).message);
  }
}

/** Whether `labels` meet every requirement. */
export function matchesLabels(requirements: readonly Requirement[], labels: Labels): boolean {
  return meetsAll(requirements, (key) => (labels && Object.hasOwn(labels, key) ? labels[key] : undefined));
}

/** A LabelSelector of meta/v1, as objects carry it. */
export type LabelSelector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

/** True for objects with these labels under a selector. */
export function selects(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  if (!selector) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (!Object.entries(matchLabels).every(([key, value]) => labels[key] === value)) return false;
  return matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === "In") return value !== undefined && values.includes(value);
    if (operator === "NotIn") return value === undefined || !values.includes(value);
    return (value !== undefined) === (operator === "Exists");
  });
}
