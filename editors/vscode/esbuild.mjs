// Bundles the extension and vscode-languageclient into dist/extension.js; `--watch` rebuilds on save.
import * as esbuild from "esbuild";

const options = {
  entryPoints: ["src/extension.ts"],
  bundle: true,
  outfile: "dist/extension.js",
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: true,
  legalComments: "none",
};

if (process.argv.includes("--watch")) {
  await (await esbuild.context({ ...options, sourcemap: true, minify: false })).watch();
} else {
  await esbuild.build(options);
}
