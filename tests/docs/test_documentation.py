"""What the documents name exists in the code, and the other way round."""

from __future__ import annotations

import functools
import importlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from scrapy.settings import default_settings

from newsarchive import settings
from newsarchive.archive.export import FIELDS
from newsarchive.archive.finding import Trouble
from newsarchive.exceptions import ExitCode, Reason
from newsarchive.sina.channels import BY_NAME
from tests import fork
from tests.archive.small import copied
from tests.commands.archives import command
from tests.conftest import ROOT
from tests.running import environment


@dataclass(frozen=True)
class Readme:
    """A README, and what it calls what the tests look for."""

    name: str
    #: Its word, where it is not the English one.
    words: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return (ROOT / self.name).read_text(encoding="utf-8")

    def word(self, english: str) -> str:
        return self.words.get(english, english)


ENGLISH = Readme("README.md")
CHINESE = Readme(
    "README.zh-CN.md",
    {
        "Commands": "命令",
        "Settings": "设置",
        "Exit codes": "退出码",
        "Why something is not a post": "未成为 post 的原因",
        "skip": "跳过",
        "passing skip": "暂时性跳过",
        "failure": "失败",
        "passing failure": "暂时性失败",
        "empty": "空",
    },
)
READMES = [ENGLISH, CHINESE]
of_each_readme = pytest.mark.parametrize("readme", READMES, ids=lambda readme: readme.name)

#: Those with a section of their own, but for `crawl`, whose arguments are its spiders'.
COMMANDS = sorted(
    {path.stem for path in (ROOT / "newsarchive/commands").glob("[a-z]*.py")} - {"crawl", "demo"}
)
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


def section(title: str, readme: Readme = ENGLISH) -> str:
    """The README's section of that title, up to the next of the same or a higher level."""
    text, title = readme.text, readme.word(title)
    heading = re.search(rf"^(#+) {re.escape(title)}$", text, re.M)
    assert heading, f"{readme.name} has no section {title!r}"
    rest = text[heading.end() :]
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


@of_each_readme
def test_commands_are_those_there_are(readme: Readme) -> None:
    table = section("Commands", readme).split("###")[0]
    documented = {re.split(r"\W", row)[1] for row in first_column(table)}
    modules = {path.stem for path in (ROOT / "newsarchive/commands").glob("[a-z]*.py")}
    assert documented == modules


@of_each_readme
def test_reasons_are_those_there_are(readme: Readme) -> None:
    text = section("Why something is not a post", readme)
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| (.+) \|$", text, re.M)
    kinds = {
        (False, False): "skip",
        (False, True): "passing skip",
        (True, False): "failure",
        (True, True): "passing failure",
    }
    assert [(label, kind) for label, kind, _ in rows] == [
        (reason.label, readme.word(kinds[reason.failure, reason.passing])) for reason in Reason
    ]
    if readme is ENGLISH:  # the code has no other language
        assert [meaning for _, _, meaning in rows] == [reason.meaning for reason in Reason]


@of_each_readme
def test_exit_codes_are_those_there_are(readme: Readme) -> None:
    assert [int(code) for code in first_column(section("Exit codes", readme))] == [
        int(code) for code in ExitCode
    ]


@of_each_readme
def test_our_settings_are_documented_with_their_defaults(readme: Readme) -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", section("Settings", readme), re.M))
    assert own_settings() <= set(rows)
    for name, told in rows.items():
        value, told = str(getattr(settings, name)), told.strip("`")
        if told.endswith("…"):
            assert value.startswith(told[:-1]), name
        else:
            assert told == (value or readme.word("empty")), name


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


@of_each_readme
def test_export_fields_are_those_there_are(readme: Readme) -> None:
    listed = re.search(r"`doc_id`(?:(?:,\s|、\n?)`\w+`)+", section("scrapy export", readme))
    assert listed
    assert re.findall(r"`(\w+)`", listed[0]) == FIELDS


@of_each_readme
@pytest.mark.parametrize("spider", ["sina_finance", "sina_live", "replay"])
def test_spider_arguments_are_those_there_are(spider: str, readme: Readme) -> None:
    from scrapy.spiderloader import SpiderLoader
    from scrapy.utils.project import get_project_settings

    documented = set(re.findall(r"`-a (\w+)=", section(f"scrapy crawl {spider}", readme)))
    code = SpiderLoader.from_settings(get_project_settings()).load(spider).__init__.__code__
    assert documented == set(code.co_varnames[1 : code.co_argcount])


@functools.cache
def help_of(command: str) -> str:
    """What a command says of its own options."""
    done = fork.run([command, "--help"], ROOT, environment(), 60)
    assert done.returncode == 0
    return done.stdout.decode().split("Global Options")[0]


@of_each_readme
@pytest.mark.parametrize("command", COMMANDS)
def test_options_are_those_of_help(command: str, readme: Readme) -> None:
    told = help_of(command)
    of_help = set(re.findall(r"^  .*?(--[a-z-]+)", told, re.M)) - {
        "--help",
        "--output",
        "--overwrite-output",
    }
    cells = re.findall(r"^\| (`-.*?) \|", section(f"scrapy {command}", readme), re.M)
    documented = {option for cell in cells for option in re.findall(r"`(--[a-z-]+)", cell)}
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


@of_each_readme
def test_findings_of_verify_are_those_there_are(readme: Readme) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section("scrapy verify", readme), re.M)
    assert [label for label, _ in rows] == [trouble.label for trouble in Trouble]
    if readme is ENGLISH:  # the code has no other language
        assert [meaning for _, meaning in rows] == [trouble.meaning for trouble in Trouble]


def parts(readme: Readme) -> list[str]:
    """A README's sections, of whatever level, each with its heading."""
    return re.split(r"^(?=#+ )", readme.text, flags=re.M)[1:]


def skeleton(part: str) -> list[tuple[str, ...]]:
    """What of a section is in no language: the level, tables by what names their rows (commands,
    options, settings with their defaults, codes), and lines of code without their comments."""
    told: list[tuple[str, ...]] = [("level", part.split(" ")[0])]
    for line in part.splitlines():
        if line.startswith("|"):
            cells = line.strip("| ").split(" | ")
            names = re.findall(r"`[^`]+`|^[\d.]+$", cells[0])
            default = cells[1:2] if re.match(r"`[A-Z_]+`$", cells[0]) else []
            told.append(("row", str(len(cells)), *names, *default))
        elif line.startswith("    "):
            told.append(("code", re.split(r"\s{2,}", line.strip())[0]))
    return told


def test_both_readmes_have_the_same_sections_tables_and_code() -> None:
    english, chinese = ([skeleton(part) for part in parts(readme)] for readme in READMES)
    words = CHINESE.words
    assert chinese == [
        [tuple(words.get(cell, cell) for cell in entry) for entry in part] for part in english
    ]


def test_both_readmes_name_the_same_code_links_and_numbers() -> None:
    for english, chinese in zip(*(parts(readme)[1:] for readme in READMES), strict=True):
        title = chinese.splitlines()[0]
        for pattern in (r"`[^`\n]+`", r"\]\([^)]+\)", r"(?<![\w.])\d[\d,.]*(?<![,.])"):
            assert set(re.findall(pattern, english)) == set(re.findall(pattern, chinese)), title


def test_each_readme_leads_to_the_other() -> None:
    assert ENGLISH.text.startswith("# newsarchive\n\nEnglish | [简体中文](README.zh-CN.md)\n\n")
    assert CHINESE.text.startswith("# newsarchive\n\n[English](README.md) | 简体中文\n\n")


def test_the_chinese_is_set_as_chinese_is() -> None:
    """Full-width signs, a blank between Chinese and Latin and nowhere else; and since a browser
    shows the end of a line as a blank, Chinese lines end behind a sign."""
    text = re.sub(r"^    .*\n", "", CHINESE.text, flags=re.M)
    text = re.sub(r"\]\([^)]+\)", "]", text).replace("*", "")
    text = re.sub(r"`[^`\n]+`", "`x`", text)
    han, latin, sign = r"[\u4e00-\u9fff]", r"[A-Za-z0-9`\[\]]", "[，。；：、（）【】“”]"
    for wrong in (
        rf"{han}[,;:!?()]|[,;:!?()]{han}",
        rf"{han}{latin}|{latin}{han}",
        rf"{han} +{han}",
        rf"{sign} (?!\|)|(?<!\|) {sign}",
        rf"(?<![。；：，、）|\n])\n{han}",
    ):
        assert re.findall(f".{{0,9}}(?:{wrong}).{{0,9}}", text) == []
    for line in CHINESE.text.splitlines():
        columns = sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in line)
        assert columns <= 120 or line.startswith("|"), line


def links() -> Iterator[tuple[Path, str]]:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8")):
            yield document, target


@pytest.mark.parametrize(("document", "target"), list(links()), ids=str)
def test_links_lead_somewhere(document: Path, target: str) -> None:
    assert (document.parent / target).exists()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_exist(document: Path) -> None:
    named = set(
        re.findall(r"`((?:newsarchive|tests|docs|deploy)/[\w/.]*)`", document.read_text("utf-8"))
    )
    assert all((ROOT / name).exists() for name in named), named


def test_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for document in DOCUMENTS:
        text = document.read_text("utf-8")
        named = set(re.findall(r"(?:`|^    )make ([a-z]+)", text, re.M))
        assert named <= targets, document
