"""Hexo 8 itself, called through node: whether it builds what is archived, and how it reads it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.conftest import ROOT
from tests.fork import PATIENCE

#: Where `make test` puts Hexo, if npm is there.
INSTALLED = ROOT / ".venv" / "hexo" / "node_modules"


def find_modules() -> Path | str:
    """A node_modules folder that holds Hexo 8 and its EJS renderer, or why there is none.

    Looked for in NEWSARCHIVE_HEXO_MODULES, and where `make test` puts it.
    """
    if shutil.which("node") is None:
        return "no node here"
    named = Path(os.environ.get("NEWSARCHIVE_HEXO_MODULES") or INSTALLED)
    try:
        package = json.loads((named / "hexo" / "package.json").read_text("utf-8"))
    except (OSError, ValueError):
        return "no Hexo here: `make test` gets it where npm is"
    if not package["version"].startswith("8.") or not (named / "hexo-renderer-ejs").is_dir():
        return f"Hexo {package['version']}, not 8 with its EJS renderer"
    return named.resolve()


_CONFIG = """
title: 站
url: http://example.com
theme: plain
permalink: :title/
"""
_PACKAGE = {
    "name": "site",
    "version": "0.0.0",
    "private": True,
    "hexo": {"version": "8.0.0"},
    "dependencies": {"hexo-renderer-ejs": "2"},
}
#: What themes do: titles and names escaped, the content as it is.
_LAYOUT = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title><%= page.title %></title></head><body>
<h1><%= page.title %></h1>
<ul><% page.categories.forEach(function (category) { %><li><%= category.name %></li><% }) %></ul>
<article><%- page.content %></article>
</body></html>
"""


def make_site(folder: Path, modules: Path) -> Path:
    """A site without posts in *folder*; where its posts go."""
    for name, text in {
        "_config.yml": _CONFIG,
        "package.json": json.dumps(_PACKAGE),
        "themes/plain/layout/post.ejs": _LAYOUT,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / "node_modules").symlink_to(modules, target_is_directory=True)
    posts = folder / "source" / "_posts"
    posts.mkdir(parents=True)
    return posts


def generate(folder: Path) -> subprocess.CompletedProcess[str]:
    """`hexo generate` in *folder*."""
    script = folder / "node_modules" / "hexo-cli" / "bin" / "hexo"
    return subprocess.run(
        ["node", str(script), "generate", "--bail"],
        cwd=folder,
        env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "TZ": "UTC"},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )


#: One JSON string a line in, what Hexo makes of it a line out.
_DRIVER = """
const { parse } = require('hexo-front-matter');
const plain = (value) => value instanceof Date ? { date: value.toISOString() }
  : Array.isArray(value) ? value.map(plain)
  : value && typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
  : value === undefined ? null : value;
const lines = require('readline').createInterface({ input: process.stdin, crlfDelay: Infinity });
lines.on('line', (line) => {
  let answer;
  try {
    answer = { read: plain(parse(JSON.parse(line))) };
  } catch (error) {
    answer = { error: String(error.message) };
  }
  process.stdout.write(JSON.stringify(answer) + '\\n');
});
"""


class Reader:
    """Hexo's own way from a file to its front matter and content, in one process for all."""

    def __init__(self, modules: Path) -> None:
        self._process = subprocess.Popen(
            ["node", "-e", _DRIVER],
            env={**os.environ, "NODE_PATH": str(modules)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=PATIENCE)

    def read(self, post: str) -> dict[str, Any]:
        """The keys of *post*; its content is `_content`. Raises ValueError as js-yaml does."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(post) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        read: dict[str, Any] = answer["read"]
        return read
