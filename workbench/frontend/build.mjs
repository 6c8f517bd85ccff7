// Builds dist/ from src/, or with --tests the tests into build/tests/. The same sources give the same bytes.
import { readFileSync, readdirSync, rmSync } from "node:fs";
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
  await esbuild.build({
    ...shared,
    minify: true,
    legalComments: "linked",
    entryPoints: ["src/sketchmap.ts", "src/fragment.ts"],
    outdir: "dist",
    plugins: [workerAsText],
  });
}
