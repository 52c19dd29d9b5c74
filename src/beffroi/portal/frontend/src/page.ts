/** The entry: small things on every page; map and charts are fetched where a page has them. */

import "./live";
import "./tabs";
import { sayWhileBusy } from "./busy";
import { offerCopies } from "./copy";
import { followRuns } from "./runs";
import { keepTimesFresh } from "./times";
import { swapLayers } from "./swap";
import { waitForEnd } from "./wait";

offerCopies(document);
sayWhileBusy();
keepTimesFresh();
waitForEnd();
followRuns();
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

if (document.querySelector("beffroi-map")) {
  swapLayers();
  await import("./map");
}
if (document.querySelector("beffroi-chart")) {
  await import("./chart");
}
