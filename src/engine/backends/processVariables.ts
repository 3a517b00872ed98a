/**
 * Sets variables of the process's environment, which native libraries read, while `use` runs. In a
 * worker this reaches them only where it shares the environment of its process (`SHARE_ENV`).
 * What the user has set stays; everything is as before afterwards, for child processes of others.
 */
export function withVariables<T>(variables: Readonly<Record<string, string>>, use: () => T): T {
  const added = Object.keys(variables).filter((name) => process.env[name] === undefined);
  for (const name of added) {
    process.env[name] = variables[name];
  }
  try {
    return use();
  } finally {
    for (const name of added) {
      delete process.env[name];
    }
  }
}
