/** Something that this machine lacks; commands end with exit code 3. */
export const unavailable = (message: string): Error => Object.assign(new Error(message), { exitCode: 3 });

/** The exit code that an error asks for; 1 unless it says so. */
export const exitCodeOf = (thrown: unknown): number => (thrown as { exitCode?: number })?.exitCode ?? 1;

/** Runs a command to its end: the process exits with its code, or says what went wrong and exits with the code that it asks for. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (thrown) {
    console.error((thrown as Error).message);
    process.exitCode = exitCodeOf(thrown);
  }
}
