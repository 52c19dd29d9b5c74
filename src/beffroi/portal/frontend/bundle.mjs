// Bundle the islands into ../static/built, with hashes in the names and a list of the entries.
import { build } from "esbuild";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static", "built");
const mapLibre = join(here, "node_modules", "maplibre-gl", "dist");

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const hashed = async (file, name, ending) => {
  const digest = createHash("sha256").update(await readFile(file)).digest("hex").slice(0, 8).toUpperCase();
  const target = `${name}-${digest}.${ending}`;
  await cp(file, join(out, target));
  return target;
};

// MapLibre's worker is a module of its own: it is copied as it is and named by its address.
const worker = await hashed(join(mapLibre, "maplibre-gl-worker.mjs"), "map-worker", "mjs");
const mapStyle = await hashed(join(mapLibre, "maplibre-gl.css"), "map", "css");
const chartStyle = await hashed(join(here, "node_modules", "uplot", "dist", "uPlot.min.css"), "chart", "css");

const made = await build({
  absWorkingDir: here,
  entryPoints: ["src/page.ts"],
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022"],
  minify: true,
  metafile: true,
  legalComments: "none",
  define: {
    WORKER: JSON.stringify(`/static/built/${worker}`),
    MAP_STYLE: JSON.stringify(`/static/built/${mapStyle}`),
    CHART_STYLE: JSON.stringify(`/static/built/${chartStyle}`),
  },
  logLevel: "warning",
});

const entries = { worker };
for (const [file, output] of Object.entries(made.metafile.outputs)) {
  if (output.entryPoint === "src/page.ts") entries.page = basename(file);
}
await writeFile(join(out, "manifest.json"), JSON.stringify(entries));

// The licences of what is bundled go with it.
const packages = ["maplibre-gl", "pmtiles", "uplot", "lit"];
const texts = [];
for (const name of packages) {
  for (const file of ["LICENSE.txt", "LICENSE"]) {
    try {
      texts.push(`${name}\n\n${await readFile(join(here, "node_modules", name, file), "utf8")}`);
      break;
    } catch { /* the other name */ }
  }
}
await writeFile(join(out, "licences.txt"), texts.join("\n\n"));
