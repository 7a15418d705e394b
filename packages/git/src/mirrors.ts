import { gitError } from "./errors.ts";
import type { Limits, Mirrors } from "./types.ts";

/** Opens the mirrors kept under `dir`, which belongs to this process alone. */
export function openMirrors(_dir: string, _options: { limits?: Partial<Limits> } = {}): Mirrors {
  const missing = async (): Promise<never> => {
    throw gitError("unsupported", "git mirrors are being built");
  };
  return { resolve: missing, checkout: missing, sweep: missing };
}
