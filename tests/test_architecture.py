"""The direction of the imports, and the size of the files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "newsarchive"
#: room: what it may import of newsarchive. What is in ORDER joins the others.
ALLOWED = {
    "sina": {"sina", "dom", "bounds", "items", "pictures", "exceptions", "clock"},
    "post": {"post", "dom", "bounds", "items", "pictures", "exceptions"},
    "archive": set("archive post compute items pictures exceptions clock __version__".split()),
    "site": set("site archive post sina dom items pictures exceptions clock __version__".split()),
    "demo": {"demo", "download"},  # its handler is the live one, led to loopback
    "cluster": {"cluster", "exceptions"},
    "download": {"addresses", "cluster", "clock", "exceptions"},
    "compute": {"compute", "exceptions", "garbage"},
    "addresses": set(),
    "garbage": set(),
    "bounds": {"exceptions"},
    "dom": set(),
    "pictures": set(),
    "items": {"exceptions"},
    "exceptions": set(),
    "clock": set(),
    "log": {"exceptions", "items"},
    "printing": {"exceptions"},
    "settings": {"__version__"},
}
#: What joins the rooms: each may import those behind it.
ORDER = "commands refresh workers cli spiders pipelines middlewares extensions".split()


def sources(room: str) -> list[Path]:
    folder = PACKAGE / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{room}.py"]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


@pytest.mark.parametrize("room", ALLOWED)
def test_arrows(room: str) -> None:
    for path in sources(room):
        for name in imports(path):
            if name.startswith("newsarchive."):
                assert name.split(".")[1] in ALLOWED[room], f"{path}: {name}"


def test_what_joins_the_rooms_imports_in_one_direction() -> None:
    for number, room in enumerate(ORDER):
        for path in sources(room):
            for name in imports(path):
                if name.startswith("newsarchive.") and name.split(".")[1] in ORDER[:number]:
                    pytest.fail(f"{path}: {name}")


def test_every_room_has_its_place() -> None:
    """No module between the rooms leads back from one of them to one before it."""
    rooms = {path.stem for path in PACKAGE.iterdir() if not path.stem.startswith("__")}
    assert rooms == {*ALLOWED, *ORDER}


@pytest.mark.parametrize(
    "room",
    "sina post archive compute site cluster items pictures exceptions clock".split(),
)
def test_no_scrapy_below_the_spiders(room: str) -> None:
    for path in sources(room):
        assert not [name for name in imports(path) if name.split(".")[0] in ("scrapy", "twisted")]


@pytest.mark.parametrize("room", ["sina", "post", "pictures"])
def test_the_pure_rooms_touch_nothing(room: str) -> None:
    touching = {"os", "pathlib", "io", "socket", "sqlite3", "sqlalchemy", "subprocess", "tempfile"}
    for path in sources(room):
        assert not [name for name in imports(path) if name.split(".")[0] in touching], path


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_a_file_fits_in_the_head(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 250
