/**
 * A test whether a tensor name matches any of the globs: `*` any run of characters (dots and
 * slashes too), `?` any one. No glob at all matches everything.
 */
export function matchesAnyGlob(globs: readonly string[] | undefined): (name: string) => boolean {
  if (!globs || globs.length === 0) {
    return () => true;
  }
  return (name) => globs.some((glob) => matchesGlob(glob, name));
}

/** Linear but for the last star, so that no glob can make it run away. */
function matchesGlob(glob: string, name: string): boolean {
  const pattern = [...glob];
  const text = [...name];
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let t = 0; t < text.length;) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.slice(p).every((character) => character === '*');
}
