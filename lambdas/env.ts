/** Reads a variable that `lib/` sets on every function that needs it. */
export function env(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set; see lib/assay-function.ts`);
  return value;
}

/** Reads a variable that is set where a deployment has the thing that it names. */
export const optionalEnv = (name: string): string | undefined => process.env[name] || undefined;

/** Where the runtime keeps the shared libraries of its own Node, and layers their modules. */
export function libraryPath(): Record<string, string> {
  const { LD_LIBRARY_PATH, NODE_PATH } = process.env;
  return { ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }), ...(NODE_PATH && { NODE_PATH }) };
}
