/** Style sheets of libraries and the colours of ours. */

/** Put a library's style sheet before ours, so that ours has the last word. */
export function needStyle(address: string): void {
  const ours = document.querySelector('link[rel="stylesheet"]');
  if (document.querySelector(`link[href="${address}"]`) || !ours) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  ours.before(link);
}

/** A colour of the style sheet as it is now: `seq-2`, `map-ground`. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#808080";
}

/** Call `redraw` when the visitor's system turns light or dark. */
export function onScheme(redraw: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

export const calm = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
