/** An error of a package: a code to decide by, a message for people. */
export type CodedError<Code extends string> = Error & { code: Code };

/**
 * The errors of one package.
 * @param codes all that there are; the list is closed, so that a controller maps it with one table
 */
export function codedErrors<Code extends string>(name: string, codes: readonly Code[]) {
  return {
    make(code: Code, message: string, cause?: unknown): CodedError<Code> {
      return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { name, code });
    },
    /** Whether `thrown` is one of them, so that its `code` can be trusted. */
    is(thrown: unknown): thrown is CodedError<Code> {
      if (!(thrown instanceof Error && thrown.name === name && "code" in thrown)) return false;
      return codes.some((code) => code === thrown.code);
    },
  };
}
