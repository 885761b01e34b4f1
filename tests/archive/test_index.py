"""The index against a search that just looks: what is found, in what order, and what it keeps."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsarchive.archive import query
from newsarchive.archive.derived import Unusable
from newsarchive.archive.index import LEAD, Entry, Index, Known, Wanted
from newsarchive.archive.index_file import VERSION
from newsarchive.archive.query import All, Phrase, Query, Some
from newsarchive.clock import UTC
from newsarchive.exceptions import StorageError

T0 = datetime(2021, 8, 5, 7, 54, 29, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ALL = Wanted()


def an_entry(doc_id: str, title: str = "题", text: str = "", **more: object) -> Entry:
    told: dict[str, object] = {"date": T0, "mark": 1, "facets": frozenset()} | more
    return Entry(doc_id, title=title, text=text, **told)  # type: ignore[arg-type]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with closing(Index(tmp_path / "index.db", create=True)) as opened:
        yield opened


def found(
    index: Index, typed: str, wanted: Wanted = ALL, limit: int = 99, **how: bool
) -> list[str]:
    return index.find(query.parse(typed), wanted, limit, **how)


# What is found

CORPUS = {
    "punctuation": "贵州。茅台",
    "paragraphs": "贵州\n茅台",
    "blanks": "贵 州茅　台",
    "whole": "贵州茅台600519涨5.2%",
    "latin": "美国CPI与ＰＰＩ，A股",
    "invisible": "茅\u200b台",
}


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("贵州茅台", {"blanks", "whole"}),
        ('"贵州 茅台"', {"blanks", "whole"}),
        ("贵州 茅台", {"punctuation", "paragraphs", "blanks", "whole"}),
        ("贵州。茅台", {"punctuation"}),
        ("贵州.茅台", set()),
        ("茅", {"punctuation", "paragraphs", "blanks", "whole", "invisible"}),
        ("茅台", {"punctuation", "paragraphs", "blanks", "whole", "invisible"}),
        ("600519", {"whole"}),
        ("茅台600519", {"whole"}),
        ("60051", set()),
        ("5.2%", {"whole"}),
        ("５．２％", {"whole"}),
        ("cpi", {"latin"}),
        ("CPI ppi", {"latin"}),
        ("Ａ股", {"latin"}),
        ("股 OR 州", {"latin", "punctuation", "paragraphs", "blanks", "whole"}),
        ("茅台 -贵州", {"invisible"}),
        ("茅台 -(贵州 -涨)", {"invisible", "whole"}),
        ("channel", set()),
    ],
)
def test_words_and_phrases(index: Index, typed: str, wanted: set[str]) -> None:
    facets = frozenset({"channel china"})
    index.put(an_entry(name, text=text, facets=facets) for name, text in CORPUS.items())
    assert set(found(index, typed)) == wanted
    assert set(found(index, typed, ranked=True)) == wanted


def test_a_phrase_does_not_run_from_the_title_into_the_text(index: Index) -> None:
    long = "甲" * LEAD
    index.put([an_entry("a", "贵州", f"茅台{long}\n{long}乙")])
    assert found(index, "贵州茅台") == []
    assert found(index, "贵州 茅台 乙") == ["a"]


_TEXT = st.text(alphabet="茅台贵州aA１。，\n \u3000", max_size=12)


def _tokens(text: str) -> list[str]:
    """Cut by a rule of its own, to hold the index's against."""
    return re.findall(r"[0-9a-z]+|\n|[^\s]", unicodedata.normalize("NFKC", text).casefold())


def _says(texts: list[list[str]], asked: Query) -> bool:
    if isinstance(asked, Phrase):
        words = asked.tokens.split(" ")
        starts = ((text, at) for text in texts for at in range(len(text)))
        return any(text[at : at + len(words)] == words for text, at in starts)
    if isinstance(asked, Some):
        return any(_says(texts, part) for part in asked.parts)
    return all(_says(texts, part) for part in asked.parts) and not any(
        _says(texts, part) for part in asked.without
    )


_QUERIES = st.recursive(
    st.text(alphabet="茅台贵州a1", min_size=1, max_size=3).map(
        lambda text: Phrase(" ".join(_tokens(text)))
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Some(tuple(parts))),
        st.tuples(
            st.lists(inner, min_size=1, max_size=2), st.lists(inner, min_size=1, max_size=2)
        ).map(lambda parts: All(tuple(parts[0]), tuple(parts[1]))),
    ),
    max_leaves=6,
)


def _typed(asked: Query) -> str:
    if isinstance(asked, Phrase):
        return f'"{asked.tokens}"'
    if isinstance(asked, Some):
        return " OR ".join(f"({_typed(part)})" for part in asked.parts)
    parts = [f"({_typed(part)})" for part in asked.parts]
    return " ".join(parts + [f"-({_typed(part)})" for part in asked.without])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.tuples(_TEXT, _TEXT), min_size=1, max_size=6),
    asked=_QUERIES,
)
def test_it_finds_what_looking_finds(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]], asked: Query
) -> None:
    path = tmp_path_factory.mktemp("index") / "index.db"
    with closing(Index(path, create=True)) as index:
        index.put(an_entry(str(n), title, text) for n, (title, text) in enumerate(texts))
        wanted = {
            str(n) for n, pair in enumerate(texts) if _says([_tokens(text) for text in pair], asked)
        }
        for ranked in (False, True):
            assert set(index.find(query.parse(_typed(asked)), ALL, 99, ranked=ranked)) == wanted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(_TEXT, min_size=1, max_size=8), word=st.text("茅台贵州", min_size=1, max_size=4)
)
def test_a_chinese_word_is_a_substring(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], word: str
) -> None:
    path = tmp_path_factory.mktemp("index") / "index.db"
    with closing(Index(path, create=True)) as index:
        index.put(an_entry(str(n), text=text) for n, text in enumerate(texts))
        plain = [re.sub("[ \u3000]", "", text) for text in texts]
        assert set(found(index, word)) == {str(n) for n, text in enumerate(plain) if word in text}


# In what order, and of which days

_DATES = st.lists(st.integers(0, 6), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(_DATES, min_size=1, max_size=4),
    limit=st.integers(1, 15),
    since=st.integers(0, 7),
    until=st.integers(0, 7),
)
def test_newest_first_whatever_came_when(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[int]],
    limit: int,
    since: int,
    until: int,
) -> None:
    """Many of one second, in several batches: their numbers run beyond their dates."""
    path = tmp_path_factory.mktemp("index") / "index.db"
    known: list[tuple[int, str]] = []
    with closing(Index(path, create=True)) as index:
        for dates in batches:
            new = [(date, f"d{len(known) + n:03}") for n, date in enumerate(dates)]
            index.put(an_entry(name, date=T0 + date * SECOND) for date, name in new)
            known += new
        wanted = [name for date, name in sorted(known, reverse=True) if since <= date < until]
        within = Wanted(T0 + since * SECOND, T0 + until * SECOND)
        assert found(index, "题", within, limit) == wanted[:limit]
        assert found(index, "题", within, limit, ranked=True) == wanted[:limit]


@pytest.mark.parametrize("ids", ["ab", "ba"])
def test_of_one_second_the_ids_decide_whichever_came_first(index: Index, ids: str) -> None:
    for doc_id in ids:
        index.put([an_entry(doc_id)])
    assert found(index, "题", limit=1) == ["b"]


@pytest.mark.parametrize("year", [1, 1969, 1970, 9999])
def test_any_date(index: Index, year: int) -> None:
    date = datetime(year, 1, 1, tzinfo=UTC)
    index.put([an_entry("a", date=date), an_entry("b", date=date), an_entry("c")])
    assert set(found(index, "题", Wanted(date, date + SECOND))) == {"a", "b"}
    assert set(found(index, "题", Wanted(date))) >= {"a", "b"}


def test_rank_is_titles_then_beginnings_then_the_rest(index: Index) -> None:
    long = "甲" * LEAD
    texts = {
        "title": ("茅台", long),
        "lead": ("题", f"甲\n茅台{long}\n{long}"),
        "body": ("题", f"{long}\n茅台"),
        "title too": ("茅台", f"{long}\n茅台"),
        "newest": ("题", f"{long}\n茅台"),
    }
    for number, (name, (title, text)) in enumerate(texts.items()):
        index.put([an_entry(name, title, text, date=T0 + number * SECOND)])
    assert found(index, "茅台") == list(texts)[::-1]
    wanted = ["title too", "title", "lead", "newest", "body"]
    for limit in range(1, 6):
        assert found(index, "茅台", limit=limit, ranked=True) == wanted[:limit]
    # What is excluded is excluded wherever it stands.
    assert found(index, "茅台 -甲甲", ranked=True) == []


def test_facets_narrow(index: Index) -> None:
    both = frozenset({"channel china", "symbol sh600519"})
    index.put([an_entry("a", facets=both), an_entry("b", facets=frozenset({"channel china"}))])
    for facets, wanted in (
        ({"channel china"}, {"a", "b"}),
        ({"channel china", "symbol SH600519"}, {"a"}),
        ({"channel"}, set()),
        ({"channel us"}, set()),
    ):
        assert set(found(index, "题", Wanted(facets=frozenset(facets)))) == wanted
    assert found(index, "题 OR 题", Wanted(facets=frozenset({"channel us"}))) == []


def test_facets_alone_are_enough(index: Index) -> None:
    china, both = frozenset({"channel china"}), frozenset({"channel china", "symbol sh600519"})
    index.put([an_entry(name, date=T0 + n * SECOND, facets=china) for n, name in enumerate("abc")])
    index.put([an_entry("d", facets=both)])
    assert index.find(None, Wanted(facets=china), 2) == ["c", "b"]
    assert set(index.find(None, Wanted(facets=china), 9, ranked=True)) == set("abcd")
    assert index.find(None, Wanted(facets=both), 9) == ["d"]
    assert index.find(None, Wanted(since=T0 + SECOND, facets=china), 9) == ["c", "b"]


# What it keeps


def known(**marks: int) -> list[Known]:
    return [Known(name, "2021", mark, "china us") for name, mark in marks.items()]


def todo(index: Index, size: int = 2) -> list[str]:
    return [each.doc_id for batch in index.todo(size) for each in batch]


def test_what_is_new_or_another_is_to_do(index: Index) -> None:
    index.put([an_entry(name, mark=mark) for name, mark in (("a", 1), ("b", -2), ("c", 3))])
    assert index.compare(known(a=1, b=-2, c=3)) == 0
    assert todo(index) == []
    assert index.compare(known(a=1, b=7, c=3, d=4, e=5)) == 3
    assert todo(index) == ["b", "d", "e"]
    assert next(index.todo(9))[0] == Known("b", "2021", 7, "china us")
    assert index.compare(known(a=1, c=3)) == 0
    assert found(index, "题") == ["c", "b", "a"]
    index.forget()
    assert found(index, "题") == ["c", "a"]
    assert index.counts() == (2, 1)


def test_what_was_replaced_is_found_no_more(index: Index) -> None:
    index.put([an_entry("a", text="旧")])
    index.put([an_entry("a", text="新", mark=2)])
    assert (found(index, "旧"), found(index, "新")) == ([], ["a"])
    assert index.counts() == (1, 1)
    index.put([an_entry("b", text="旧"), an_entry("b", text="新")])
    assert (found(index, "旧"), found(index, "新")) == ([], ["b", "a"])


def test_a_batch_that_breaks_leaves_nothing(index: Index) -> None:
    index.finish()

    def entries() -> Iterator[Entry]:
        yield an_entry("a")
        raise StorageError("no more")

    with pytest.raises(StorageError):
        index.put(entries())
    assert index.counts() == (0, 0)
    assert found(index, "题") == []


def test_a_reader_beside_a_writer(index: Index, tmp_path: Path) -> None:
    index.put([an_entry("a")])
    index.finish()
    with closing(Index(tmp_path / "index.db")) as reader:

        def entries() -> Iterator[Entry]:
            yield an_entry("b")
            assert found(reader, "题") == ["a"]

        index.put(entries())
        assert found(reader, "题") == ["b", "a"]


def write(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE about SET value = {VERSION + 1} WHERE key = 'version'",
        "DELETE FROM about",
        "DROP TABLE about",
    ],
)
def test_another_version_is_of_no_use(index: Index, tmp_path: Path, statement: str) -> None:
    write(tmp_path / "index.db", statement)
    with pytest.raises(Unusable):
        Index(tmp_path / "index.db")


@pytest.mark.parametrize(
    "content", [b"", b"garbage " * 1000, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_what_is_no_index_is_of_no_use(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "index.db").write_bytes(content)
    with pytest.raises(Unusable):
        Index(tmp_path / "index.db")


def test_trouble_with_the_disk_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="unable to open"):
        Index(tmp_path / "nosuch" / "index.db")


def test_a_sqlite_without_fts5_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: Index
) -> None:
    connect = sqlite3.connect

    class Plain(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            if "fts5" in sql:
                raise sqlite3.OperationalError("no such module: fts5")
            return super().execute(sql, *values)  # type: ignore[arg-type]

    monkeypatch.setattr(sqlite3, "connect", lambda *a, **more: connect(*a, **more, factory=Plain))
    with pytest.raises(StorageError, match="no FTS5"):
        Index(tmp_path / "index.db")
