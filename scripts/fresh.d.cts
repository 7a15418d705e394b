/** Stands for the state of `files` below `dir`. */
export function fingerprintOf(dir: string, files: readonly string[]): string;
