// Builds the playground as static files: `node build.mjs FOLDER`; without FOLDER into docs/playground/dist, and the editor
// of the local page, which is a part of the package, with it.
//
// The Python packages are those of the interpreter PYTHON (default: python3), where the project is installed; they run in
// Pyodide, and what they come to in memory is kept as a snapshot, so that a browser imports nothing.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const project = path.resolve(here, "..", "..");
const web = path.join(project, "derive", "play", "web");
const out = path.resolve(process.argv[2] ?? path.join(here, "dist"));
const pyodide = path.dirname(fileURLToPath(import.meta.resolve("pyodide")));
const site = path.join(out, "site"); // the Python packages, while the snapshot is made
const python = (code) =>
  execFileSync(process.env.PYTHON ?? "python3", ["-c", code], { cwd: project, encoding: "utf8", maxBuffer: 1 << 26 });

rmSync(out, { recursive: true, force: true });
mkdirSync(path.join(out, "pyodide"), { recursive: true });

const license = readFileSync(path.join(path.dirname(fileURLToPath(import.meta.resolve("@codemirror/view"))), "..", "LICENSE"), "utf8");
await build({
  entryPoints: [path.join(here, "editor.js")],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  banner: { js: `/* CodeMirror 6, bundled from docs/playground/editor.js.\n\n${license.trim()}\n*/` },
  outfile: path.join(out, "editor.js"),
});
if (!process.argv[2]) cpSync(path.join(out, "editor.js"), path.join(web, "editor.js"));

// The page, with its other back end.
for (const name of readdirSync(web)) if (!["server.js", "editor.js"].includes(name)) cpSync(path.join(web, name), path.join(out, name));
cpSync(path.join(here, "browser.js"), path.join(out, "backend.js"));
cpSync(path.join(here, "worker.js"), path.join(out, "worker.js"));
for (const name of ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"])
  cpSync(path.join(pyodide, name), path.join(out, "pyodide", name));
const { info } = JSON.parse(readFileSync(path.join(pyodide, "pyodide-lock.json"), "utf8"));
writeFileSync(path.join(out, "pyodide", "pyodide-lock.json"), JSON.stringify({ info, packages: {} })); // nothing is loaded from elsewhere
const menu = "import dataclasses, json; from derive.play.examples import examples; ";
writeFileSync(path.join(out, "examples.json"), python(`${menu}print(json.dumps([dataclasses.asdict(e) for e in examples()]))`));

// Python: its packages, and a snapshot of its memory when it has imported them.
const where = "import latex2mathml, lark, mpmath, sympy; print(*[m.__path__[0] for m in (latex2mathml, lark, mpmath, sympy)], sep='\\n')";
const other = python(`
import importlib.metadata as m, tomllib
pinned = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["playground"]
for name, _, version in (one.partition("==") for one in pinned):
    if m.version(name) != version:
        print(f"{name} {m.version(name)} in place of {version}")
`).trim();
if (other) console.warn(`not the versions of the extra playground: ${other.split("\n").join(", ")}`);
const pure = (file) => !/(^|\/)(tests?|__pycache__|web)(\/|$)|\.pyi$/.test(file);
for (const folder of python(where).trim().split("\n"))
  cpSync(folder, path.join(site, path.basename(folder)), { recursive: true, filter: (file) => pure(file.slice(folder.length)) });
const inner = (file) => pure(file) && !/^\/(report|export)(\/|$)/.test(file);
const derive = path.join(project, "derive");
cpSync(derive, path.join(site, "derive"), { recursive: true, filter: (file) => inner(file.slice(derive.length)) });
const described = python("import importlib.metadata as m; print(m.distribution('latex2mathml')._path)").trim();
cpSync(described, path.join(site, path.basename(described)), { recursive: true }); // it asks for its own version
const memory = path.join(site, "memory");
execFileSync(process.execPath, [path.join(here, "snapshot.mjs"), site, memory], { stdio: "inherit" });
cpSync(path.join(site, "rest.zip"), path.join(out, "rest.zip"));
writeFileSync(path.join(out, "python.snapshot"), gzipSync(readFileSync(memory), { level: 6 }));
rmSync(site, { recursive: true });
