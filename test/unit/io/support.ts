/** User and group "nobody" of Unix systems. */
const nobody = 65534;

/** Runs `action` without the privileges of root, whom no permission stops. */
export async function asOrdinaryUser(action: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) {
    return action();
  }
  process.setegid?.(nobody);
  process.seteuid?.(nobody);
  try {
    await action();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}
