/** What TypeScript uses of run.mjs. */
export function fingerprintOf(dir: string, files: string[]): string;
