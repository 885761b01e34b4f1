"""The commands of docs/publish.md, run in the order in which they stand there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import hexo
from tests.conftest import ROOT
from tests.fork import PATIENCE
from tests.running import environment, whole_crawl

GUIDE = (ROOT / "docs" / "publish.md").read_text("utf-8")


def blocks(section: str) -> list[str]:
    """The indented blocks of a section."""
    text = re.split(r"(?m)^## ", GUIDE)
    (found,) = (part for part in text if part.startswith(section))
    lines = [line if line.startswith("    ") else "" for line in found.splitlines()]
    return [
        re.sub(r"(?m)^    ", "", block)
        for block in re.split(r"\n{2,}", "\n".join(lines))
        if block.strip()
    ]


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A project's folder with the archive of the small Sina, `scrapy` on its way."""
    crawled = whole_crawl(tmp_path_factory)
    shutil.copytree(crawled.archive, tmp_path / "output")
    shutil.copy(ROOT / "scrapy.cfg", tmp_path)
    return tmp_path


def run(block: str, folder: Path) -> None:
    path = f"{Path(sys.executable).parent}:{folder / 'bin'}:{environment()['PATH']}"
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", block],
        cwd=folder,
        env=environment() | {"PATH": path, "HOME": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_hexo(folder: Path) -> None:
    modules = hexo.find_modules()
    if isinstance(modules, str):
        pytest.skip(modules)
    posts = hexo.make_site(folder / "blog", modules)
    npx = folder / "bin" / "npx"
    npx.parent.mkdir()
    script = modules / "hexo-cli" / "bin" / "hexo"
    npx.write_text(f'#!/bin/sh\nshift\nexec node "{script}" "$@"\n')
    npx.chmod(0o755)
    month, channel = blocks("Hexo")
    run(month, folder)
    copied = {path.name for path in posts.iterdir()}
    assert copied == {path.name for path in (folder / "output/posts/2026/09").rglob("*.html")}
    assert copied
    built = list((folder / "blog" / "public").rglob("index.html"))
    assert len(built) >= len(copied)
    run(channel, folder)
    assert len(list(posts.iterdir())) > len(copied)


def test_jekyll(folder: Path) -> None:
    (folder / "_posts").mkdir()
    (block,) = blocks("Jekyll")
    run(block, folder)
    made = sorted((folder / "_posts").iterdir())
    assert len(made) == len(list((folder / "output/posts/2026/09").rglob("*.html")))
    for path in made:
        assert re.match(r"2026-09-\d\d-", path.name)
        assert path.read_text("utf-8").startswith("---\ntitle: ")
