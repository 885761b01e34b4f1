"""Names that others chose: of articles, of files, in answers. None of them leads anywhere."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsarchive import clock, log
from newsarchive.archive import harmless, naming
from newsarchive.archive.entry import Outcome
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.store import Store
from newsarchive.demo.site import Answer
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.items import DOC_ID, Article
from newsarchive.log import OneLine, visible
from newsarchive.post.front_matter import one_line
from newsarchive.spiders import files
from tests.archive.small import copied
from tests.commands.archives import command
from tests.conftest import FIXTURES
from tests.running import Completed, Site, crawl, ledger, posts, replay, reports, scrapy
from tests.spiders.answers import answer, listed

POST = (FIXTURES / "posts" / "plain.html").read_text("utf-8")
ID = "kqtesta0000501"
DAY = datetime(2021, 8, 5, 7, 54, 29, tzinfo=clock.UTC)
DEVICES = "con prn aux nul conin$ conout$ com1 com9 lpt1 lpt9 com\u00b9".split()
TITLES = [
    "../../../etc/passwd",
    "..\\..\\x",
    "/etc/passwd",
    "C:\\boot.ini",
    "\\\\server\\share",
    "a\x00b",
    "a\x1b[2J\x1b]0;title\x07b",
    "gnp.\u202elmth",
    "\u2066x\u2069",
    *DEVICES,
    "nul.html",
    "COM1.txt",
    "x. . .",
    " x ",
    "x:stream",
    '<>:"/\\|?*',
    "题" * 10_000,
    "a" * 10_000,
    "a\u0301" * 5_000,
    "\u0301\u0327",
    "🏳️‍🌈👩‍👩‍👧",
    "\ud800\udfff",
    "İıſK",
    ".",
    "..",
    "-rf",
    "~root",
    "$(id)`id`%PATH%",
    "\ufeff\u200b",
    "con-" + ID,
]
IDS = st.one_of(
    st.from_regex(DOC_ID, fullmatch=True), st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
)
ANY_TITLE = st.one_of(st.sampled_from(TITLES), st.text(st.characters(), max_size=200))
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(clock.UTC))


def check_is_harmless(path: str, folder: str) -> None:
    """A path is in *folder*, and one that every file system takes for itself."""
    first, *parts = path.split("/")
    assert first == folder
    assert len(path) <= 150  # Windows: 260 with the archive's folder
    for part in parts:
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.html)?", part, re.ASCII), part
        assert part.partition(".")[0] not in DEVICES
    assert path.casefold() == path


@given(ANY_TITLE, IDS, MOMENTS)
@example("x", ID, datetime(33, 4, 3, tzinfo=clock.UTC))
def test_a_path_is_harmless_whatever_the_title(title: str, doc_id: str, moment: datetime) -> None:
    path = naming.post_path(title, doc_id, moment)
    assert re.match(r"posts/\d{4}/\d\d/\d\d/", path)
    check_is_harmless(path, "posts")
    check_is_harmless(naming.revision_path(doc_id, 10**9), "revisions")


@given(ANY_TITLE, ANY_TITLE, IDS, IDS)
@example("slide", "", "31-1-18372262", "slide-31-1-18372262")
@example("k 12", "12", "12-12-12345678", "k-12345-123456")
def test_two_documents_never_share_a_file(one: str, two: str, a: str, b: str) -> None:
    paths = {naming.post_path(one, a, DAY).casefold(), naming.post_path(two, b, DAY).casefold()}
    assert len(paths) == 2 or a == b


@given(IDS)
def test_there_are_no_case_twins(doc_id: str) -> None:
    assert doc_id == doc_id.casefold()
    for twin in {doc_id.upper(), doc_id.title(), doc_id.swapcase()} - {doc_id}:
        with pytest.raises(ValueError, match="no document id"):
            naming.post_path("x", twin, DAY)
        assert naming.id_in_name(f"x-{twin}.html") != twin


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    root = tmp_path_factory.mktemp("names") / "archive"
    root.mkdir()
    with closing(Ledger(f"sqlite:///{root / 'ledger.db'}")) as ledger:
        yield Store(root, ledger)


@settings(max_examples=40)
@given(ANY_TITLE, st.one_of(st.just(""), IDS), MOMENTS, st.sampled_from(TITLES))
def test_what_is_stored_stays_in_the_archive(
    store: Store, title: str, doc_id: str, moment: datetime, origin: str
) -> None:
    date, title = clock.http_date(moment), f"x{one_line(title)}"  # as the stage before has it
    article = Article(title, f"<div>{title[:50]}</div>", doc_id, date=date, path=origin)
    article.digest = f"{title} {moment}"
    outcome = store.put(article)
    check_is_harmless(article.path, "posts")
    if outcome is Outcome.NEW:
        assert naming.id_in_name(Path(article.path).name) == article.doc_id
    assert (store.root / article.path).is_file()
    assert {entry.name for entry in store.root.parent.iterdir()} == {"archive"}
    tops = {entry.name for entry in store.root.iterdir() if entry.is_dir()}
    assert tops <= {"posts", "revisions", ".newsarchive"}


@pytest.mark.parametrize("doc_id", [title for title in TITLES if not DOC_ID.fullmatch(title)])
def test_no_other_id_comes_near_a_file(store: Store, doc_id: str) -> None:
    article = Article("x", "<div>x</div>", doc_id, date=clock.http_date(DAY))
    with pytest.raises((ValueError, StorageError)):
        store.put(article)


# File names, as a replay meets them

FILES: list[str | bytes] = [
    "x\\..\\..\\y-kqtesta0000601.html",
    "CON",
    "nul.html",
    "COM1 .html",
    "x.html.",
    "x.html ",
    " x.html",
    f"{'x' * 235}-kqtesta0000602.html",
    "A-kqtesta0000603.html",
    "a-kqtesta0000603.html",
    "a-KQTESTA0000603.HTML",
    "caf\u00e9.html",
    "cafe\u0301.html",
    "gnp.\u202elmth",
    "\u2066x\u2069.html",
    "\x1b[2J\x1b]0;pwned\x07.html",
    "\x9b31m.html",
    "\x7f\x08\x08.html",
    "a\r\nb.html",
    "🏳️‍🌈.html",
    "%2e%2e%2fx.html",
    "-rf",
    b"\xff\xfe\x80.html",
]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Completed]:
    """The archive of a folder with such files: posts with bad titles, each beside an empty file."""
    folder, archive = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out") / "archive"
    titles = [title.replace("'", " ") for title in TITLES[: len(FILES)]]
    for number, (name, title) in enumerate(zip(FILES, titles)):
        post = POST.replace("\ntitle: '", f"\ntitle: '{number} {title[:2000]} ", 1)
        place = os.fsencode(folder) + b"/" + os.fsencode(name)
        Path(os.fsdecode(place)).write_bytes(post.encode("utf-8", "replace"))
        (folder / f"{number:02}").mkdir()
        (folder / f"{number:02}" / os.fsdecode(os.fsencode(name))).write_bytes(b"")
    return archive, replay(archive, folder)


def test_replayed_files_have_harmless_names(replayed: tuple[Path, Completed]) -> None:
    archive, done = replayed
    assert done.code == 1
    paths = [f"posts/{path}" for path in posts(archive)]
    for path in paths:
        check_is_harmless(path, "posts")
    assert len({path.casefold() for path in paths}) == len(paths)
    # Titles with what YAML does not take, and empty files, are told; all others are there.
    told = done.misses().values()
    assert set(told) <= {"bad_front_matter", "unknown_format"}
    assert list(told).count("unknown_format") == len(FILES)
    # Two versions of a document that both names end in.
    twice = len(ledger(archive, "SELECT * FROM revision"))
    assert len(paths) + twice + len(told) == 2 * len(FILES)
    assert len(paths) >= 15
    assert {entry.name for entry in archive.parent.iterdir()} == {"archive"}


def test_a_report_and_a_log_show_them_harmlessly(replayed: tuple[Path, Completed]) -> None:
    archive, done = replayed
    check_is_visible(done.out + done.err)
    (report,) = reports(archive)
    check_is_visible(report.read_text("utf-8"))
    subjects = {Path(miss["subject"]).name for miss in done.report["misses"]}
    assert {name for name in FILES if isinstance(name, str)} <= subjects  # and as they are


def check_is_visible(text: str) -> None:
    """Nothing in *text* moves a cursor, or turns the order of what is written."""
    hidden = [char for char in text if visible(char) != char and char not in "\n\u3000"]
    assert hidden == []


# Where a replay reads


@pytest.fixture
def maze(tmp_path: Path) -> Path:
    """A folder whose links lead out of it, and round and round."""
    folder, outside = tmp_path / "in", tmp_path / "outside"
    for place in (folder / "a" / "b", outside / "b"):
        place.mkdir(parents=True)
    for place in (folder, folder / "a", folder / "a" / "b"):
        (place / "good.html").write_text("good")
    for place in (outside, outside / "b"):
        (place / "secret.html").write_text("secret")
    (folder / "file.html").symlink_to(outside / "secret.html")
    (folder / "near.html").symlink_to(folder / "good.html")
    (folder / "out").symlink_to(outside)
    for name in ("c1", "c2", "c3"):  # followed, these are 3**40 folders
        (folder / "a" / name).symlink_to(folder)
    (folder / "proc").symlink_to("/proc/self")
    os.mkfifo(folder / "pipe.html")
    return folder


GLOBS = {
    "": 3,
    "/": 3,
    "/**": 3,
    "/**/*": 3,
    "/**/*.html": 3,
    "/*": 1,
    "/*.html": 1,
    "/*/*.html": 1,
    "/*/*/*": 1,
    "/?/**/good.html": 2,
    "/[a-z]*/*": 1,
    "/**/../*.html": 0,
    "/*/../../outside/*.html": 0,
    "/*/b/*": 1,
    "/**b/*": 0,
    "/*.txt": 0,
}


@pytest.mark.parametrize("pattern", GLOBS)
def test_no_link_is_followed(maze: Path, pattern: str) -> None:
    root, found = files.named(f"{maze}{pattern}")
    texts = [files.read(path, root) for path in found]
    assert texts == [b"good"] * GLOBS[pattern]


def test_what_the_user_named_may_be_a_link(maze: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(maze)
    for path, count in {"link": 3, "link/*": 1, "in/near.html": 1, "*/good.html": 1}.items():
        root, found = files.named(str(tmp_path / path))
        assert [files.read(file, root) for file in found] == [b"good"] * count, path


def _becomes_a_link(folder: Path) -> None:
    (folder / "a" / "good.html").unlink()
    (folder / "a" / "good.html").symlink_to(folder.parent / "outside" / "secret.html")


def _folder_becomes_a_link(folder: Path) -> None:
    shutil.rmtree(folder / "a")
    (folder.parent / "outside" / "good.html").write_text("secret")
    (folder / "a").symlink_to(folder.parent / "outside")


def _becomes_a_pipe(folder: Path) -> None:
    (folder / "a" / "good.html").unlink()
    os.mkfifo(folder / "a" / "good.html")


def _becomes_a_folder(folder: Path) -> None:
    (folder / "a" / "good.html").unlink()
    (folder / "a" / "good.html").mkdir()


def _goes(folder: Path) -> None:
    shutil.rmtree(folder / "a")


def _becomes_huge(folder: Path) -> None:
    os.truncate(folder / "a" / "good.html", 2**40)


@pytest.mark.parametrize(
    "change",
    [
        _becomes_a_link,
        _folder_becomes_a_link,
        _becomes_a_pipe,
        _becomes_a_folder,
        _goes,
        _becomes_huge,
    ],
)
def test_what_changes_behind_the_listing_is_not_read(
    maze: Path, change: Callable[[Path], None]
) -> None:
    root, found = files.named(str(maze))
    path = next(path for path in found if path.parent.name == "a")
    change(maze)
    with pytest.raises((OSError, BadInput)):
        files.read(path, root)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="Linux has it")
@pytest.mark.parametrize("place", ["/proc/self/environ", "/proc/kmsg", "/proc/self/mem"])
def test_a_file_without_a_size_is_empty(place: str) -> None:
    root, found = files.named(place)
    for path in found:
        try:
            assert files.read(path, root) == b""
        except OSError:
            continue  # it may not even be opened


def test_a_folder_without_end_has_one(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1005):  # deeper than Python's stack, and than a path is long
        os.mkdir("12345", dir_fd=here)
        inner = os.open("12345", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    (tmp_path / "z.html").write_text("good")
    root, found = files.named(str(tmp_path))
    read = []
    for path in found:
        try:
            read.append(files.read(path, root))
        except (OSError, BadInput):
            continue
    assert read == [b"good"]
    top, below = tmp_path / "12345", tmp_path / "below"
    while (top / "12345").exists():  # what cleans up behind the tests gets lost in it, too
        (top / "12345").rename(below)
        top.rmdir()
        below.rename(top)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "x" * 5000, "[" * 300, "\udcff"])
def test_what_is_no_folder_or_file_has_none(path: str) -> None:
    _, found = files.named(path)
    assert list(found) == []


def test_a_replay_waits_for_nothing(maze: Path, tmp_path: Path) -> None:
    (maze / "post.html").write_text(POST, "utf-8")
    done = replay(tmp_path / "archive", f"{maze}/**", timeout=20)
    assert list(posts(tmp_path / "archive").values()) == [POST.encode()]
    assert done.report["found"] == 4
    assert "secret" not in done.out + done.err


# What the commands print

MARKED = "kqtesta0000701"
WRITTEN = "\x1b[2J\x1b]0;pwned\x07\x9b31m\u202e\u2066\x7f\r\n\x08题"


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small archive in which everything that others write has such marks in it."""
    root = copied(tmp_path_factory, tmp_path_factory.mktemp("marked") / "archive")
    with closing(Ledger(f"sqlite:///{root / 'ledger.db'}")) as opened:
        store = Store(root, opened)
        for version in "12":
            title = one_line(f"{version} {WRITTEN}")  # no other is stored
            body = f"<p>{title} {WRITTEN}</p>".replace("\r", "")
            article = Article(title, body, MARKED, date=clock.http_date(DAY))
            article.url = article.source = article.editor = WRITTEN
            article.digest = version
            article.fetched_at = DAY
            store.put(article)
        for _ in range(3):
            opened.missing(MARKED, DAY, WRITTEN, 1, pause=timedelta(), due_at=None)
    stray = root / "posts" / "2021" / "08" / "05" / f"{WRITTEN.replace('/', '')}.html"
    stray.write_text("x")
    for path in reports(root):
        told = json.loads(path.read_bytes()) | {"stale_lists": [WRITTEN], "layouts": {}}
        path.write_text(json.dumps(told))
    return root


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"history {MARKED}", "\\u202e"),
        (f"history --diff {MARKED}", "  +2 "),
        ("history kqtesta\x1b[2J", "\\x1b[2J"),
        ("status", "attention: lists that stand still: \\x1b[2J"),
        ("verify", "\\u202e"),
        ("export", "\\u202e"),
    ],
)
def test_a_command_writes_only_what_can_be_seen(marked: Path, line: str, shown: str) -> None:
    done = command(*line.split(" "), archive=marked)
    assert shown in done.out + done.err
    check_is_visible(done.out + done.err)


@pytest.fixture(scope="module")
def redirected() -> Iterator[Site]:
    """A site whose lists lead to an address that Python complains of, as it is."""
    place = "//\u2100\u202e\x9b31m/".encode().decode("latin-1") + "\x1b[2J"

    def answers(host: str, path: str, query: str) -> Answer | None:
        return answer("", 302, Location=place) if listed(host, path, query) else None

    with Site(answers) as site:
        yield site


def test_a_check_shows_a_servers_words_harmlessly(redirected: Site, tmp_path: Path) -> None:
    args = ("channels", "--check", "--only", "china")
    done = scrapy(*args, archive=tmp_path / "archive", port=redirected.port)
    assert "leads to no address" in done.out
    assert "\\u202e" in done.out
    check_is_visible(done.out + done.err)


def test_a_crawl_shows_a_servers_words_harmlessly(redirected: Site, tmp_path: Path) -> None:
    args = ("-a", "channels=china", "-s", "FAILURES_MAX=1")
    done = crawl(tmp_path / "archive", redirected, *args)
    assert done.err.count("\\u202e") == 3  # the miss, the end of the run, and the command
    check_is_visible(done.out + done.err)
    (report,) = reports(tmp_path / "archive")
    check_is_visible(report.read_text("utf-8"))


def test_a_stage_that_breaks_names_the_file_harmlessly() -> None:
    item = Article("x", "x", path=f"{WRITTEN}.html")
    result = OneLine().item_error(item, ValueError(), None, None)  # type: ignore[arg-type]
    check_is_visible(logging.LogRecord("x", 40, "", 0, result["msg"], result["args"], None).msg)
    check_is_visible(result["msg"] % result["args"])


def test_every_line_of_the_log_is_harmless() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    with patch.object(log, "get_scrapy_root_handler", lambda: handler):
        OneLine.from_crawler(None)  # type: ignore[arg-type]
    try:
        raise ValueError(WRITTEN)
    except ValueError:
        record = logging.LogRecord("x", 40, "", 0, "%s", (WRITTEN,), sys.exc_info())
    handler.handle(record)
    assert "ValueError: \\x1b[2J" in stream.getvalue()
    check_is_visible(stream.getvalue())


@given(st.text(st.characters()))
@example(WRITTEN)
def test_what_is_written_as_json_is_read_back(text: str) -> None:
    told = harmless.dumps({text: [text]})
    assert json.loads(told) == {text: [text]}
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]", told)


@pytest.mark.parametrize(
    "char", "\x7f\x85\xad\u061c\u180e\u200b\u200f\u2028\u202e\u2060\u2069\u206f\ufeff\ufff9"
)
def test_json_shows_what_cannot_be_seen(char: str) -> None:
    assert harmless.dumps(char) == f'"\\u{ord(char):04x}"'


@given(st.text(st.characters()))
def test_what_is_visible_is_one_line(text: str) -> None:
    assert not re.search(
        "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", visible(text)
    )
