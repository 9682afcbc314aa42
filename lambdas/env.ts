/** Reads a variable that `lib/` sets on every function that needs it. */
export function env(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set; see lib/assay-function.ts`);
  return value;
}

/** Reads a variable that is set where a deployment has the thing that it names. */
export const optionalEnv = (name: string): string | undefined => process.env[name] || undefined;

/** Where the runtime keeps the shared libraries of its own Node; nothing outside Lambda. */
export const libraryPath = (): Record<string, string> =>
  process.env.LD_LIBRARY_PATH ? { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH } : {};
