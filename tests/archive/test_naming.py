"""Where a post lies: inside posts/, ASCII, short, under the document's id and China's date."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsarchive.archive import naming
from newsarchive.clock import SHANGHAI, UTC

ID = "kqtesta0000501"
OLD_ID = "31-1-18372262"
#: Of self-media, picture series, old videos and flashes.
OTHER_IDS = ["k-1644948230-620beb0602000y5ec", "slide-9-123-4567", "video-250123", "live-152-101"]
HASH = "0123456789abcdef"
DAY = datetime(2021, 8, 5, 7, 54, 29, tzinfo=UTC)

IDS = st.one_of(
    st.from_regex(r"[a-z]{7}[0-9]{7}", fullmatch=True),
    st.from_regex(r"[0-9]{1,5}-[0-9]{1,5}-[0-9]{4,12}", fullmatch=True),
    st.from_regex(r"[0-9a-f]{16}", fullmatch=True),
    st.sampled_from(OTHER_IDS),
)
MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))
ANY_TEXT = st.text(st.characters(), max_size=300)  # lone surrogates, too

NO_IDS = [
    "",
    " ",
    ".",
    "..",
    "/",
    "../../etc/passwd",
    "..\\..\\x",
    "/etc/passwd",
    "C:kqtesta0000501",
    f"../{ID}",
    f"{ID}/..",
    f"{ID}/{ID}",
    f"{ID}\n",
    f"\n{ID}",
    f"{ID}\x00",
    f" {ID}",
    f"{ID}.html",
    ID.upper(),
    "kqtesta",
    "0000501",
    "kqtest0000501",
    "kqtestab0000501",
    "kqtesta000501",
    "kqtesta00000000501",
    "31,1,18372262",
    "31-1-1",
    "1-18372262",
    "-31-1-18372262",
    HASH.upper(),
    HASH[:15],
    HASH + "0",
    "kqtesta\uff10\uff10\uff10\uff10\uff15\uff10\uff11",
    "kqtesta٠٠٠٠٥٠١",
    "31-1-１８３７２２６２",
    "con",
    "a" * 300,
]


def test_the_path_of_a_post() -> None:
    assert naming.post_path("海关总署召开会议", ID, DAY) == (
        f"posts/2021/08/05/hai-guan-zong-shu-zhao-kai-hui-yi-{ID}.html"
    )


@pytest.mark.parametrize("doc_id", [ID, OLD_ID, HASH, *OTHER_IDS])
def test_a_title_without_a_sound_leaves_the_id(doc_id: str) -> None:
    assert naming.post_path("🎉🎉", doc_id, DAY) == f"posts/2021/08/05/{doc_id}.html"
    assert naming.post_path("", doc_id, DAY) == f"posts/2021/08/05/{doc_id}.html"


@pytest.mark.parametrize(
    ("moment", "folder"),
    [
        (datetime(2021, 8, 5, 15, 59, 59, tzinfo=UTC), "2021/08/05"),
        (datetime(2021, 8, 5, 16, 0, 0, tzinfo=UTC), "2021/08/06"),
        (datetime(2021, 12, 31, 16, 0, 0, tzinfo=UTC), "2022/01/01"),
        (datetime(2021, 8, 6, 0, 0, 0, tzinfo=SHANGHAI), "2021/08/06"),
        (datetime(2021, 8, 5, 20, 0, 0, tzinfo=timezone(timedelta(hours=-5))), "2021/08/06"),
        (datetime(920, 9, 10, 0, 0, 0, tzinfo=UTC), "0920/09/10"),
    ],
)
def test_the_day_is_chinas(moment: datetime, folder: str) -> None:
    assert naming.post_path("题", ID, moment).startswith(f"posts/{folder}/")


@pytest.mark.parametrize("doc_id", NO_IDS)
def test_no_id_no_path(doc_id: str) -> None:
    with pytest.raises(ValueError, match="no document id"):
        naming.post_path("题", doc_id, DAY)
    with pytest.raises(ValueError, match="no document id"):
        naming.revision_path(doc_id, 1)


@pytest.mark.parametrize(
    "title",
    [
        "../../etc/passwd",
        "..",
        "/",
        "C:\\x",
        "a\x00b",
        "a\nb",
        "CON",
        "&#99999999999999999999;",
        "&#x110000;&#xffffffffff;",
        "&lt;script&gt;",
        "\ud800",
        "İstanbul",
        "a" * 500,
        "龘" * 500,
        "𠮷" * 500,
        "①②③ ½ ㎡ ﷺ",
        "-" * 200,
    ],
)
def test_a_strange_title_makes_a_plain_name(title: str) -> None:
    check_path(naming.post_path(title, ID, DAY), ID)


def check_path(path: str, doc_id: str) -> None:
    assert re.fullmatch(r"posts/\d{4}/\d\d/\d\d/[a-z0-9]+(-[a-z0-9]+)*\.html", path, re.ASCII), path
    name = PurePosixPath(path).name
    assert len(name) <= 255 - len(".tmp")
    assert name.endswith(f"{doc_id}.html")
    assert len(name) <= naming.SLUG_LENGTH + 1 + len(f"{doc_id}.html")


@given(ANY_TEXT, IDS, MOMENTS)
@example("&#99999999999999999999;", ID, DAY)
def test_any_title_makes_a_plain_name(title: str, doc_id: str, moment: datetime) -> None:
    check_path(naming.post_path(title, doc_id, moment), doc_id)


@given(ANY_TEXT)
def test_a_slug_is_short_and_plain(title: str) -> None:
    slug = naming.slug(title)
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug)
    assert len(slug) <= 60


@given(st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), min_size=1, max_size=30))
def test_a_slug_is_cut_at_a_word(words: list[str]) -> None:
    slug = naming.slug(" ".join(words))
    assert set(slug.split("-")) <= set(words)


@given(ANY_TEXT, IDS, MOMENTS)
def test_the_id_is_read_back(title: str, doc_id: str, moment: datetime) -> None:
    path = naming.post_path(title, doc_id, moment)
    assert naming.id_in_name(PurePosixPath(path).name) == doc_id


@pytest.mark.parametrize(
    ("name", "doc_id"),
    [
        (f"{ID}.html", ID),
        (f"a-b-{ID}.html", ID),
        (f"a-2021-{OLD_ID}.html", OLD_ID),
        (f"a-{HASH}.html", HASH),
        (f"a{ID}.html", ""),
        (f"{ID}.txt", ""),
        (f"{ID}.html.tmp", ""),
        (f"{ID}.html\n", ""),
        (f"a_{ID}.html", ""),
        ("000_343bcfc36483d6ca.txt", ""),
        ("index.html", ""),
        ("", ""),
    ],
)
def test_id_in_name(name: str, doc_id: str) -> None:
    assert naming.id_in_name(name) == doc_id


@given(st.text(max_size=60))
def test_no_name_crashes_it(name: str) -> None:
    doc_id = naming.id_in_name(name)
    if doc_id:
        assert naming.revision_path(doc_id, 1)


@pytest.mark.parametrize(
    ("revision", "name"), [(1, "0001"), (42, "0042"), (9999, "9999"), (12345, "12345")]
)
def test_the_path_of_a_revision(revision: int, name: str) -> None:
    assert naming.revision_path(ID, revision) == f"revisions/{ID}/{name}.html"


@pytest.mark.parametrize("doc_id", [ID, OLD_ID, HASH, *OTHER_IDS])
@pytest.mark.parametrize(
    "title", ["新东方 K-12", "my slide", "slide 9", "video", "live 152", "31 1"]
)
def test_the_end_of_a_title_is_no_part_of_the_id(title: str, doc_id: str) -> None:
    path = naming.post_path(title, doc_id, DAY)
    assert naming.id_in_name(PurePosixPath(path).name) == doc_id
