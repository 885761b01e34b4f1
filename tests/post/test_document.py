"""The whole post: read and written byte for byte, refused where it is no post."""

from __future__ import annotations

import contextlib
import copy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article
from newsarchive.post import body, document
from tests.conftest import FIXTURES, SHARED
from tests.stages import staged

POSTS = sorted((FIXTURES / "posts").glob("*.html"))
SEEDS = sorted((SHARED / "seeds").glob("*.txt"))
TO_NORMALISE = sorted((FIXTURES / "posts_to_normalise").iterdir())
SMALL = FIXTURES / "posts" / "one_sentence.html"
PLAIN = FIXTURES / "posts" / "plain.html"

post = pytest.mark.parametrize("path", [*POSTS, *SEEDS], ids=lambda path: path.stem)


def replayed(data: bytes) -> bytes:
    """What the stages of a replay make of a post."""
    article = document.read(data)
    return document.write(staged(article))


def an_article(**changes: object) -> Article:
    article = Article(
        title="题",
        body="<p>字</p>",
        categories=["金融"],
        author="新浪财经",
        date="Fri, 06 Aug 2021 07:54:29 GMT",
    )
    for name, value in changes.items():
        setattr(article, name, value)
    return article


# --- same bytes ---------------------------------------------------------------------------------


def test_there_are_posts_and_both_seeds(shared: Path) -> None:
    assert len(POSTS) >= 15
    assert len(SEEDS) == 2


@post
def test_reading_and_writing_gives_the_same_bytes(path: Path) -> None:
    data = path.read_bytes()
    assert document.write(document.read(data)) == data


@post
def test_a_replay_gives_the_same_bytes(path: Path) -> None:
    data = path.read_bytes()
    assert replayed(data) == data


@post
def test_cleaning_changes_no_body_and_finds_its_first_picture(path: Path) -> None:
    article = document.read(path.read_bytes())
    cleaned = body.clean(article.body, "https://finance.sina.com.cn/")
    assert cleaned.html == article.body
    first = LexborHTMLParser(article.body).css_first("img[src]")
    assert cleaned.headimg == (first.attributes["src"] if first is not None else "")
    assert cleaned.headimg == article.headimg == article.thumbnail


@pytest.mark.parametrize("folder", TO_NORMALISE, ids=lambda folder: folder.name)
def test_other_generations_are_written_in_todays_form(folder: Path) -> None:
    out = (folder / "out.html").read_bytes()
    assert (folder / "in.html").read_bytes() != out
    assert replayed((folder / "in.html").read_bytes()) == out
    assert replayed(out) == out


@post
@pytest.mark.parametrize("spelling", ["crlf", "bom", "bom and crlf"])
def test_line_ends_and_bom_are_read_away(path: Path, spelling: str) -> None:
    data = path.read_bytes()
    spelt = data.replace(b"\n", b"\r\n") if "crlf" in spelling else data
    spelt = b"\xef\xbb\xbf" + spelt if "bom" in spelling else spelt
    assert spelt != data
    assert document.looks_like_post(spelt)
    assert replayed(spelt) == data


def test_the_layout_byte_for_byte() -> None:
    article = an_article(title="它's", headimg="https://a/b.png", thumbnail="https://a/b.png")
    assert document.write(article).decode() == (
        "\n"
        "---\n"
        'title: "它\'s"\n'
        "categories: \n"
        " - 金融\n"
        "headimg: 'https://a/b.png'\n"
        "author: 新浪财经\n"
        "comments: false\n"
        "date: Fri, 06 Aug 2021 07:54:29 GMT\n"
        "thumbnail: 'https://a/b.png'\n"
        "---\n"
        "\n"
        "<div>   \n"
        "<p>字</p>  \n"
        "</div>\n"
        "            "
    )


@given(st.text(alphabet="\n\n </div>-ab\t", max_size=60))
def test_any_body_comes_back_as_it_was(text: str) -> None:
    article = an_article(body=text)
    assert document.read(document.write(article)).body == text


@pytest.mark.parametrize(
    "text",
    [
        "x\n</div>",
        "x\n</div>\n            ",
        "x  \n</div>\n            ",
        "---\n\n<div>   \nx",
        "\n---\n",
        "x   ",
        "\n\nx\n\n",
        "<!--\n---\n-->",
    ],
)
def test_a_body_that_looks_like_the_frame_stays_a_body(text: str) -> None:
    article = an_article(body=text)
    data = document.write(article)
    assert document.read(data).body == text
    assert document.write(document.read(data)) == data


# --- no value breaks out ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "a\nlayout: b"),
        ("title", "a'\n---\n"),
        ("title", "'a\n---\n\n<div>   \n"),
        ("title", "a\x85b"),
        ("title", "a\x00b"),
        ("title", ""),
        ("title", "  "),
        ("headimg", "a\nb: c"),
        ("headimg", "'\nb: 'c"),
        ("headimg", "a\tb"),
        ("thumbnail", "a\u2028b"),
        ("author", "a\nb: c"),
        ("author", "\ufeff"),
        ("categories", ["a\nb: c"]),
        ("categories", ["a\n - b"]),
        ("comments", "false\nb: c"),
        ("comments", "false # c"),
        ("comments", ""),
        ("comments", "'"),
        ("comments", "[a"),
        ("comments", "*a"),
        ("date", "2021\nb: c"),
        ("date", "2021\n---\n\n<div>   \n"),
        ("date", "a: b"),
        ("date", "2021 "),
        ("date", "# 2021"),
        ("extra_keys", [("title", "a: 1")]),
        ("extra_keys", [("title", "no key\n")]),
        ("extra_keys", [("title", "author: 甲\n")]),
        ("extra_keys", [("title", "a: 1\n---\n")]),
        ("extra_keys", [("title", "a: 1\na: 2\n")]),
        ("extra_keys", [("nowhere", "a: 1\n")]),
        ("body", "a\r\nb"),
    ],
)
def test_what_would_not_survive_is_not_written(field: str, value: object) -> None:
    with pytest.raises(BadInput) as caught:
        document.write(an_article(**{field: value}))
    wanted = Reason.NO_TITLE if field == "title" and value in ("", "  ") else None
    assert caught.value.reason in ({wanted} if wanted else {Reason.BAD_FRONT_MATTER})


def test_writing_changes_nothing_in_the_article() -> None:
    article = document.read((FIXTURES / "posts" / "extra_keys.html").read_bytes())
    before = copy.deepcopy(article)
    document.write(article)
    assert article == before


# --- refused ------------------------------------------------------------------------------------

BAD_POSTS = {
    "bad_yaml.html": Reason.BAD_FRONT_MATTER,
    "binary.html": Reason.BAD_ENCODING,
    "empty.html": Reason.TRUNCATED,
    "invalid_utf8.html": Reason.BAD_ENCODING,
    "no_date.html": Reason.NO_DATE,
    "no_front_matter.html": Reason.TRUNCATED,
    "no_title.html": Reason.NO_TITLE,
    "truncated_body.html": Reason.TRUNCATED,
    "truncated_front_matter.html": Reason.TRUNCATED,
}
#: These are no posts by their first bytes: a replay calls them UNKNOWN_FORMAT and never reads them.
NOT_POSTS = {"binary.html", "empty.html", "no_front_matter.html"}


def test_every_bad_post_is_in_the_table() -> None:
    assert {path.name for path in (FIXTURES / "bad_posts").iterdir()} == set(BAD_POSTS)


@pytest.mark.parametrize(("name", "reason"), BAD_POSTS.items())
def test_bad_posts_are_refused_with_their_reason(name: str, reason: Reason) -> None:
    data = (FIXTURES / "bad_posts" / name).read_bytes()
    assert document.looks_like_post(data) == (name not in NOT_POSTS)
    if reason is Reason.NO_DATE:  # a post may lack it, an article that is archived may not
        with pytest.raises(BadInput) as dropped:
            replayed(data)
        assert dropped.value.reason is reason
    else:
        with pytest.raises(BadInput) as caught:
            document.read(data)
        assert caught.value.reason is reason
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("date", ["yesterday", "Fri, 99 Aug 2021 07:54:29 GMT", "~", "0000-00-00"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(BadInput) as dropped:
        replayed(document.write(an_article(date=date)))
    assert dropped.value.reason is Reason.NO_DATE


@pytest.mark.parametrize(
    "nothing", ["<p></p>", "<p>　</p>", "<!-- c -->", "<script>x</script>", "<p>&nbsp;</p>"]
)
def test_a_body_with_nothing_in_it_is_refused(nothing: str) -> None:
    with pytest.raises(BadInput) as dropped:
        replayed(document.write(an_article(body=nothing)))
    assert dropped.value.reason is Reason.NO_BODY


def cut_is_fine(data: bytes, offset: int) -> None:
    """Cut at *offset*, a post is refused, or nothing but blanks at its end was cut off."""
    try:
        article = document.read(data[:offset])
    except BadInput:
        return
    assert article == document.read(data), f"another post when cut at byte {offset}"
    assert not data[offset:].strip(), f"the same post without {data[offset:]!r}"


def test_a_post_cut_anywhere_is_never_another_post() -> None:
    data = SMALL.read_bytes()
    for offset in range(len(data)):
        cut_is_fine(data, offset)
    # Blanks after the last tag may go (editors strip them), the tag may not.
    end = data.rindex(b"</div>") + len(b"</div>")
    assert document.read(data[:end]) == document.read(data)
    with pytest.raises(BadInput):
        document.read(data[: end - 1])


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            path,
            id=path.stem,
        )
        for path in [*POSTS, *SEEDS]
    ],
)
def test_cut_bodies_are_refused(path: Path) -> None:
    data = path.read_bytes()
    for offset in range(data.index(b"<div>"), len(data)):
        cut_is_fine(data, offset)


@pytest.mark.parametrize("name", ["extra_keys", "title_with_apostrophe", "quoted_categories"])
def test_cut_front_matter_is_refused(name: str) -> None:
    data = (FIXTURES / "posts" / f"{name}.html").read_bytes()
    for offset in range(data.index(b"<div>")):
        cut_is_fine(data, offset)


@pytest.mark.parametrize("junk", [b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80"])
def test_what_is_no_utf8_is_refused_wherever_it_stands(junk: bytes) -> None:
    data = SMALL.read_bytes()
    for offset in range(0, len(data), 7):
        with pytest.raises(BadInput) as caught:
            document.read(data[:offset] + junk + data[offset:])
        assert caught.value.reason is Reason.BAD_ENCODING


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for whole in (data, b"\n---\n" + data, b"\n---\ntitle: a\n---\n\n<div>   \n" + data):
        with contextlib.suppress(BadInput):
            assert document.read(whole).title


# --- told by content ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\n---\ntitle: a\n", True),
        (b"---\n", True),
        (b"\xef\xbb\xbf---\r\n", True),
        (b" \n\n---  \nx", True),
        (b"---", False),
        (b"----\n", False),
        (b"--- a\n", False),
        (b"<!DOCTYPE html>\n---\n", False),
        (b"", False),
        (b"\xff\xfe-\x00-\x00-\x00\n\x00", False),
    ],
)
def test_a_post_is_told_by_its_first_bytes(data: bytes, expected: bool) -> None:
    assert document.looks_like_post(data) is expected


@pytest.mark.parametrize("path", [*POSTS, *SEEDS], ids=lambda path: path.stem)
def test_the_known_posts_look_like_posts(path: Path) -> None:
    assert document.looks_like_post(path.read_bytes())


def test_pages_do_not_look_like_posts() -> None:
    for page in sorted((FIXTURES / "pages").glob("*/page.html")):
        assert not document.looks_like_post(page.read_bytes()), page


# --- loosely written frames ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<div>   \n", b"<div>\n"),
        (b"---\n\n<div>", b"---\n<div>"),
        (b"---\n\n<div>", b"---  \n\n\n<div>"),
        (b"\n---\ntitle", b"---\ntitle"),
        (b"</div>\n            ", b"</div>\n"),
        (b"  \n</div>\n            ", b"\n</div>"),
        (b"categories: \n", b"categories:\n"),
        (b" - ", b"    - "),
        (b"comments: false", b"comments:   false   # off"),
    ],
)
def test_what_editors_change_around_a_post_is_read_away(old: bytes, new: bytes) -> None:
    data = PLAIN.read_bytes()
    assert old in data
    changed = new.join(data.rsplit(old, 1)) if b"div" in old else data.replace(old, new)
    assert replayed(changed) == data
