// Builds dist/ from src/, or with --tests the tests into build/tests/. The same sources give the same bytes.
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import * as esbuild from "esbuild";

/** MapLibre's worker travels inside the bundle as text, so that no second file has to be found. */
const workerAsText = {
  name: "worker-as-text",
  setup(build) {
    build.onLoad({ filter: /maplibre-gl-worker\.mjs$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, ""),
      loader: "text",
    }));
  },
};

/** Names every package in the bundle with the text of its licence; a package without one stops the build. */
function licences(inputs) {
  const packages = new Set(inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
  const parts = [...packages].sort().map((name) => {
    const folder = `node_modules/${name}`;
    const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file && !license) throw new Error(`${name} has no licence`);
    const text = file ? readFileSync(`${folder}/${file}`, "utf8").trim() : "(the package carries no text of its licence)";
    return `${name} ${version}: ${license}\n\n${text}\n`;
  });
  return `Packages in this bundle and their licences.\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

const shared = { bundle: true, format: "esm", target: "es2022", charset: "utf8", logLevel: "warning" };

if (process.argv.includes("--tests")) {
  await esbuild.build({
    ...shared,
    platform: "node",
    entryPoints: readdirSync("tests").filter((name) => name.endsWith(".test.ts")).map((name) => `tests/${name}`),
    outdir: "build/tests",
    outExtension: { ".js": ".mjs" },
  });
} else {
  rmSync("dist", { recursive: true, force: true });
  const { metafile } = await esbuild.build({
    ...shared,
    minify: true,
    legalComments: "none",
    metafile: true,
    entryPoints: ["src/sketchmap.ts", "src/fragment.ts"],
    outdir: "dist",
    plugins: [workerAsText],
  });
  writeFileSync("dist/THIRD-PARTY.txt", licences(Object.keys(metafile.inputs)));
}
