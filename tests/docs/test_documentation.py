"""What the documents name exists in the code, and the other way round."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy.settings import default_settings

from newsarchive import settings
from newsarchive.archive.export import FIELDS
from newsarchive.archive.finding import Trouble
from newsarchive.exceptions import ExitCode, Reason
from newsarchive.sina.channels import BY_NAME
from tests.archive.small import copied
from tests.commands.archives import command
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


def section(title: str) -> str:
    """The README's section of that title, up to the next of the same or a higher level."""
    heading = re.search(rf"^(#+) {re.escape(title)}$", README, re.M)
    assert heading, f"the README has no section {title!r}"
    rest = README[heading.end() :]
    end = re.search(rf"^#{{1,{len(heading[1])}}} ", rest, re.M)
    return rest[: end.start()] if end else rest


def first_column(text: str) -> list[str]:
    """The first cells of a section's table rows, without the header."""
    cells = re.findall(r"^\| (.*?) \|", text, re.M)
    return [cell.strip("`") for cell in cells[1:]]


def own_settings() -> set[str]:
    return {
        name for name in dir(settings) if name.isupper() and not hasattr(default_settings, name)
    }


def test_commands_are_those_there_are() -> None:
    documented = {
        re.split(r"\W", row)[1] for row in first_column(section("Commands").split("###")[0])
    }
    modules = {path.stem for path in (ROOT / "newsarchive/commands").glob("[a-z]*.py")}
    assert documented == modules


def test_reasons_are_those_there_are() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([\w ]+) \| (.*) \|$", section("Why something is not a post"), re.M
    )
    kinds = {
        (False, False): "skip",
        (False, True): "passing skip",
        (True, False): "failure",
        (True, True): "passing failure",
    }
    assert rows == [
        (reason.label, kinds[reason.failure, reason.passing], reason.meaning) for reason in Reason
    ]


def test_exit_codes_are_those_there_are() -> None:
    assert [int(code) for code in first_column(section("Exit codes"))] == [
        int(code) for code in ExitCode
    ]


def test_our_settings_are_documented_with_their_defaults() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", section("Settings"), re.M))
    assert own_settings() <= set(rows)
    for name, told in rows.items():
        value = getattr(settings, name)
        assert told.strip("`") == (str(value) or "empty") or str(value).startswith(
            told.strip("`").rstrip("…")
        ), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_settings_that_are_named_exist(document: Path) -> None:
    named = set(
        re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=[^`]*)?`", document.read_text("utf-8"))
    )
    known = set(dir(settings)) | set(dir(default_settings)) | {reason.name for reason in Reason}
    assert named <= known | {"UNSTABLE_BODY"}


def test_channels_that_are_named_exist() -> None:
    for document in DOCUMENTS:
        for names in re.findall(r"channels=([a-z0-9,-]+)", document.read_text("utf-8")):
            assert set(names.split(",")) <= set(BY_NAME), document


def test_export_fields_are_those_there_are() -> None:
    text = section("scrapy export").split("Times are")[0]
    assert re.findall(r"`(\w+)`", text) == FIELDS


@pytest.mark.parametrize("spider", ["sina_finance", "sina_live", "replay"])
def test_spider_arguments_are_those_there_are(spider: str) -> None:
    from scrapy.spiderloader import SpiderLoader
    from scrapy.utils.project import get_project_settings

    documented = set(re.findall(r"`-a (\w+)=", section(f"scrapy crawl {spider}")))
    code = SpiderLoader.from_settings(get_project_settings()).load(spider).__init__.__code__
    assert documented == set(code.co_varnames[1 : code.co_argcount])


@pytest.mark.parametrize(
    "command", ["export", "channels", "search", "serve", "reindex", "history", "status", "verify"]
)
def test_options_are_those_of_help(command: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "scrapy", command, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("Global Options")[0]
    of_help = set(re.findall(r"^  .*?(--[a-z-]+)", told, re.M)) - {
        "--help",
        "--output",
        "--overwrite-output",
    }
    documented = set(re.findall(r"^\| .*?`(--[a-z-]+)", section(f"scrapy {command}"), re.M))
    documented |= set(re.findall(r", `(--[a-z-]+) ", section(f"scrapy {command}")))
    assert documented == of_help


def test_an_export_is_read_as_the_readme_says(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = copied(tmp_path_factory, tmp_path / "archive")
    text = section("scrapy export")
    (line,) = re.findall(r"^    scrapy export (.* -o) sina$", text, re.M)
    assert command("export", *line.split(), str(tmp_path / "sina"), archive=small).code == 0
    monkeypatch.chdir(tmp_path)
    statements = re.findall(r"^    ((\w+)\..*)$", text, re.M)
    assert [name for _, name in statements] == ["pandas", "polars", "duckdb", "datasets"]
    for statement, name in statements[:3]:  # the last one has a test of its own
        module = importlib.import_module(name)
        found = eval(statement, {name: module})
        assert len(found.collect() if name == "polars" else found) == 5


def test_findings_of_verify_are_those_there_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", section("scrapy verify"), re.M)
    assert rows == [(trouble.label, trouble.meaning) for trouble in Trouble]


def links() -> Iterator[tuple[Path, str]]:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8")):
            yield document, target


@pytest.mark.parametrize(("document", "target"), list(links()), ids=str)
def test_links_lead_somewhere(document: Path, target: str) -> None:
    assert (document.parent / target).exists()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_exist(document: Path) -> None:
    named = set(re.findall(r"`((?:newsarchive|tests|docs)/[\w/.]+)`", document.read_text("utf-8")))
    assert all((ROOT / name).exists() for name in named), named


def test_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for document in DOCUMENTS:
        text = document.read_text("utf-8")
        named = set(re.findall(r"(?:`|^    )make ([a-z]+)", text, re.M))
        assert named <= targets, document
