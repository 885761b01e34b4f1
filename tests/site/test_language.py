"""The catalogue: complete in both languages, and nothing in it that nobody says."""

from __future__ import annotations

import re
import string

import pytest
from flask import Flask, g

from newsarchive.archive import attention, query
from newsarchive.site import counts, language, plots, views_article
from newsarchive.site.language import LANGUAGES, catalogue
from tests.conftest import ROOT

SITE = ROOT / "newsarchive" / "site"
SOURCES = [*SITE.glob("*.py"), *SITE.glob("templates/*.html")]
#: What is put together in templates: its beginning, and all its ends.
BUILT = {
    "nav.": ["latest", "calendar", "channels", "symbols", "health"],
    "switch.": list(LANGUAGES),
    "search.": ["newest", "rank"],
    "month.": [str(number) for number in range(1, 13)],
    "weekday.": [str(number) for number in range(1, 8)],
    "clock.": [name for name, _ in views_article.CLOCKS],
    "whose.": {whose for _, whose in views_article.CLOCKS},
    "article.": [name for name in views_article._TOLD if name != "updated_at"],
    "origin.": ["crawl", "backfill", "replay"],
    "cause.": ["site", "extraction"],
    "compare.": ["old", "new"],
    "health.": ["days", "delays", "failures", "storage"],
    "state.": ["todo", "done", "skipped", "failed"],
    "run.": ["started", "spider", "exit", "new", "revised", "unchanged", "failed"],
    "kind.": counts.KINDS,
    "span.": ["days", "hours", "minutes", "seconds"],
    "attention.": attention.SAID,
    "query.": query.SAID,
    "error.title.": ["400", "404", "405", "500", "503"],
}


def said() -> set[str]:
    """Every key that is said somewhere."""
    keys = {key for _, key in plots.STEPS} | {plots.LONGER}
    for source in SOURCES:
        text = source.read_text("utf-8")
        keys |= set(
            re.findall(r"""(?<![\w.])(?:t|say|language\.say)\(\s*["']([\w.]+)["'][,)]""", text)
        )
        keys |= set(re.findall(r"""\(["']([\w.]+)["']\) if """, text))
        keys |= set(re.findall(r"""(?:nothing|wrong|BadRequest)\(["']([\w.]+)["']\)""", text))
        keys |= {f"article.{key}" for key in re.findall(r"""\bfact\(["'](\w+)["']""", text)}
        keys |= set(re.findall(r"""else t\(["']([\w.]+)["']\)""", text))
    keys |= {beginning + end for beginning, ends in BUILT.items() for end in ends}
    return keys | {f"health.{name}.desc" for name in BUILT["health."]}


def test_all_that_is_said_is_there_and_the_other_way_round() -> None:
    known = set(catalogue())
    singular = {key for key in known if key.endswith(".one")}
    assert said() - known == set()
    assert known - singular - said() == set()
    assert {key.removesuffix(".one") for key in singular} <= known


@pytest.mark.parametrize("key", catalogue())
def test_both_languages_say_the_same(key: str) -> None:
    told = catalogue()[key]
    assert list(told) == list(LANGUAGES)
    fields = {name: _fields(text) for name, text in told.items()}
    assert fields["en"] == fields["zh"]
    assert all(isinstance(text, str) and text == text.strip() != "" for text in told.values())


@pytest.mark.parametrize(("kind", "told"), [("attention", attention.SAID), ("query", query.SAID)])
def test_what_commands_say_too_is_said_as_they_do(kind: str, told: dict[str, str]) -> None:
    assert {key: catalogue()[f"{kind}.{key}"]["en"] for key in told} == told


def test_chinese_is_chinese() -> None:
    alike = [key for key, told in catalogue().items() if not re.search("[一-鿿]", told["zh"])]
    assert set(alike) == {"switch.en", "calendar.day", "article.sha256"}


def test_one_is_said_otherwise() -> None:
    with Flask("x").app_context():
        g.language = "en"
        assert language.say("n_articles", n=1) == "1 article"
        assert language.say("n_articles", n=12345) == "12,345 articles"
        assert language.say("n_articles", "zh", n=1) == "1 篇文章"


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (3_400_000, "3.4 MB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_sizes(count: int, told: str) -> None:
    assert language.size(count) == told


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
