/** Something that this machine lacks; commands end with exit code 3. */
export const unavailable = (message: string): Error => Object.assign(new Error(message), { exitCode: 3 });

/** The exit code that an error asks for; 1 unless it says so. */
export const exitCodeOf = (thrown: unknown): number => (thrown as { exitCode?: number })?.exitCode ?? 1;
