// Runs `python -m MODULE ARGUMENT…` in Pyodide, the CPython that is compiled to WebAssembly: pure Python, nothing else.
// Usage: node pyodide.mjs PYODIDE PROJECT PACKAGES MODULE ARGUMENT…, where PYODIDE is the folder of the npm package,
// PROJECT this checkout, and PACKAGES a folder of installed pure Python packages.
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const [folder, project, packages, ...command] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(path.join(folder, "pyodide.mjs")));
const python = await loadPyodide({ env: { PYTHONDONTWRITEBYTECODE: "1", HOME: "/" } });
python.setStdout({ write: (bytes) => process.stdout.write(bytes) && bytes.length });
python.setStderr({ write: (bytes) => process.stderr.write(bytes) && bytes.length });
await python.mountNodeFS("/project", project);
await python.mountNodeFS("/packages", packages);
python.globals.set("command", python.toPy(command));
process.exitCode = python.runPython(`
import os, runpy, sys
os.chdir("/project")
sys.argv = list(command)
sys.path += ["/project", "/packages"]
try:
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    status = 0
except SystemExit as left:
    status = left.code or 0
sys.stdout.flush()
status
`);
