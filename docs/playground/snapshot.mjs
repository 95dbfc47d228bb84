// node snapshot.mjs SITE FILE: imports what the playground needs from SITE into Pyodide, uses it once, and writes the memory
// to FILE; beside FILE, rest.zip has the modules that were not imported, for what asks for them later.
import { writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { loadPyodide } from "pyodide";

const [site, file] = process.argv.slice(2);
const python = await loadPyodide({ _makeSnapshot: true, env: { HOME: "/", PYTHONHASHSEED: "0" } });
await python.mountNodeFS("/site", site);
python.runPython(`
import gc, sys
sys.path[:0] = ["/site", "/rest.zip"]
from derive.play.lines import Player, lines
from derive.play.examples import examples

# What a first check loads and builds is in the snapshot too: grammars, and modules that are imported when first needed.
# It is used once with a legend and once without, each on a page with a slip to mend.
[page] = [one for one in examples() if one.name == "elman_vector"]
small = r"$$h_t = \\tanh(W h_{t-1})$$ $$\\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t^2) W^\\top$$"
for text, legend in ((page.text, page.legend), (small, "")):
    *_, last = lines(Player(), text, legend)
    assert "understood" in last and "fails" in last, last
del page, small, text, legend, last
gc.collect()
gc.freeze()
`);
python.runPython(`
import io, os, zipfile
names = {name.replace(".", "/") for name in sys.modules}
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as rest:
    for folder, _, files in os.walk("/site"):
        for file in files:
            path = os.path.relpath(os.path.join(folder, file), "/site")
            stem = path.removesuffix(".py").removesuffix("/__init__")
            if path.endswith(".py") and (stem not in names or path.endswith("__init__.py")):
                rest.write(os.path.join(folder, file), path)
packed = packed.getvalue()
sys.path.remove("/site")
sys.path_importer_cache.clear()
`);
const rest = python.globals.get("packed");
const bytes = rest.toJs();
rest.destroy();
writeFileSync(path.join(path.dirname(file), "rest.zip"), bytes);
python.runPython("del packed, rest, names, folder, files, file, path, stem; gc.collect()");
python.FS.unmount("/site");
writeFileSync(file, python.makeMemorySnapshot());
process.exit(0);
