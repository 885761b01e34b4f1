"""The seeds' own tool chain, called through node: what it makes of a page is the reference."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.conftest import ROOT, SHARED
from tests.fork import PATIENCE

SCRIPT = SHARED / "oracle" / "body.js"
#: Where `make test` puts the tool chain, if npm is there.
INSTALLED = ROOT / ".venv" / "oracle" / "node_modules"


def find_modules() -> Path | str:
    """A node_modules folder that holds the tool chain, or why there is none.

    Looked for in NEWSARCHIVE_ORACLE_MODULES, NODE_PATH, and where `make test` puts it.
    """
    if not SCRIPT.is_file():
        return "no ../shared/oracle here"
    if shutil.which("node") is None:
        return "no node here"
    named = [os.environ.get("NEWSARCHIVE_ORACLE_MODULES", "")]
    named += [*os.environ.get("NODE_PATH", "").split(os.pathsep), str(INSTALLED)]
    for folder in filter(None, named):
        if _is_complete(Path(folder)):
            return Path(folder)
    return "no cheerio 1.0.0-rc.3 here: `make test` gets it where npm is"


def _is_complete(modules: Path) -> bool:
    try:
        package = json.loads((modules / "cheerio" / "package.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return package.get("version") == "1.0.0-rc.3" and (modules / "he").is_dir()


#: Runs the script once a page, in one process: it reads what it thinks is the standard input.
_DRIVER = """
const fs = require('fs');
const pages = JSON.parse(fs.readFileSync(0, 'utf8'));
const [script, read, write] = [process.argv[1], fs.readFileSync, process.stdout.write];
const bodies = pages.map(([page, url]) => {
  let body = null;
  delete require.cache[require.resolve(script)];
  process.argv[2] = url;
  fs.readFileSync = (file, ...rest) => (file === 0 ? page : read(file, ...rest));
  process.stdout.write = (text) => { body = text; };
  process.exit = () => { throw 'no container'; };
  try { require(script); } catch (error) { if (error !== 'no container') throw error; }
  return body;
});
write.call(process.stdout, JSON.stringify(bodies));
"""


def bodies_of(modules: Path, pages: Iterable[tuple[str, str]]) -> list[str | None]:
    """The BODY that the tool chain makes of each (page, url); None where it finds no container."""
    done = subprocess.run(
        ["node", "-e", _DRIVER, str(SCRIPT)],
        input=json.dumps(list(pages)).encode("utf-8"),
        capture_output=True,
        env={**os.environ, "NODE_PATH": str(modules)},
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    bodies: list[str | None] = json.loads(done.stdout)
    return bodies
