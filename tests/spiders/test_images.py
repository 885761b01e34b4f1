"""Pictures of a crawl: stored as they came, once; whatever happens to them, the article is."""

from __future__ import annotations

import gzip
import hashlib
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newsarchive import pictures
from newsarchive.demo.pictures import png
from newsarchive.demo.site import Answer
from newsarchive.post import body, document
from newsarchive.sina import reading
from tests.faults_network.test_answers import ELSEWHERE
from tests.fork import PATIENCE
from tests.pictures import KINDS, PNG
from tests.running import (
    ARTICLES,
    Completed,
    Crawled,
    command,
    crawl,
    export,
    ledger,
    posts,
    replay,
    reports,
    scrapy,
    started,
    tree,
    whole_crawl,
)
from tests.spiders.answers import answer
from tests.spiders.test_rechecks import PLAIN, Changing, due_now, page

ON = ("-s", "IMAGES_ENABLED=True")
ONE = ("-a", "channels=china", "-s", "RETRY_TIMES=0", *ON)
HOST = "https://n.sinaimg.cn"
GOOD, BAD, OTHER = PLAIN[:3]


def picture(data: bytes, kind: str = "image/jpeg", **more: str) -> Answer:
    return Answer(200, {"Content-Type": kind, **more}, data)


def to(location: str) -> Answer:
    return answer("", 302, Location=location)


#: path -> the answer there.
GOOD_ONES = {
    "/lying.svg": picture(KINDS["png"], "image/svg+xml"),
    "/plain.jpg": picture(KINDS["jpg"]),
    "/plain.gif": picture(KINDS["gif"], "text/html"),
    "/no-ending": picture(KINDS["webp"], "text/plain"),
    "/packed.png": picture(gzip.compress(png("包")), **{"Content-Encoding": "gzip"}),
    "/copy.png": picture(KINDS["jpg"]),
    "/moved.png": to("https://k.sinaimg.cn/target.png?x=1"),
    "/target.png": picture(png("移")),
}
#: The code of the promotion at the end of each page.
QR = f"{HOST}/finance/demo/app/append_qr.png"
NAMED = [f"{HOST}{path}" for path in GOOD_ONES if path != "/target.png"]
#: name -> what the picture answers, and why it is not stored.
BAD_ONES: dict[str, tuple[Answer, str]] = {
    "404": (answer("x", 404), "not_found"),
    "410": (picture(PNG), "not_found"),
    "403": (answer("x", 403), "http_error"),
    "500": (answer("x", 500), "http_error"),
    "html": (answer("<!DOCTYPE html><p>登录</p>", kind="image/png"), "no_picture"),
    "svg": (picture(b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/png"), "no_picture"),
    "empty": (picture(b""), "no_picture"),
    "circle": (to(f"{HOST}/bad/circle"), "http_error"),
    "large": (picture(PNG + bytes(1_000_001)), "too_large"),
    "bomb": (
        picture(gzip.compress(bytes(10**6)) * 100, **{"Content-Encoding": "gzip"}),
        "too_large",
    ),
    "endless": (picture(PNG), "too_large"),
    "cut": (picture(PNG), "network"),
    "to news": (to("https://finance.sina.com.cn/landing.png"), "http_error"),
    "to http": (to("http://n.sinaimg.cn/landing.png"), "http_error"),
    "to a port": (to("https://n.sinaimg.cn:8443/landing.png"), "http_error"),
    **{f"to {number}": (to(place), "http_error") for number, place in enumerate(ELSEWHERE)},
}
BAD_ONES["410"] = (Answer(410, {}, PNG), "not_found")
FAULTS = {"/bad/endless": "endless_body", "/bad/cut": "cut_body"}
ASKED_NOWHERE = ["https://example.org/a.png", "data:image/gif;base64,R0lGODlh", "/relative.png"]


def bad_url(name: str) -> str:
    return f"{HOST}/bad/{name.replace(' ', '-')}"


def with_pictures(name: str, *sources: str) -> Answer:
    """The page of an article with these pictures behind its first paragraph."""
    first = ARTICLES[name].paragraphs[0]
    shown = "".join(f'<p><img src="{source}" alt="图"></p>' for source in sources)
    found = page(name)
    assert found.count(f"{first}</p>") == 1
    return answer(found.replace(f"{first}</p>", f"{first}</p>{shown}"))


class Pictures(Changing):
    """A site that changes, with pictures that do, too."""

    def __init__(self, *names: str) -> None:
        self.pictures: dict[str, Answer] = dict(GOOD_ONES)
        for name, (found, _) in BAD_ONES.items():
            self.pictures[bad_url(name).removeprefix(HOST)] = found
        super().__init__(names)

    def answers(self, host: str, path: str, query: str) -> Answer | None:
        if host.endswith(".sinaimg.cn"):
            return self.pictures.get(path)
        return super().answers(host, path, query)

    def asked_pictures(self) -> Counter[str]:
        """path -> how often it was asked for."""
        paths = [path.partition("?")[0] for host, path in self.requests if "sinaimg" in host]
        return Counter(path for path in paths if path != "/robots.txt")


def sources(archive: Path, name: str) -> list[dict[str, str]]:
    """The pictures that an article's post names, in order."""
    (data,) = (data for path, data in posts(archive).items() if name in path)
    return body.images(document.read(data).body)


@dataclass(frozen=True)
class Ran:
    archive: Path
    site: Pictures
    done: Completed


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    archive = tmp_path_factory.mktemp("pictures") / "archive"
    with Pictures(GOOD, BAD) as site:
        site.faults = FAULTS
        site.pages_now[GOOD] = with_pictures(
            GOOD, *NAMED, f"{NAMED[1]}#x", "http://n.sinaimg.cn/plain.gif", *ASKED_NOWHERE
        )
        site.pages_now[BAD] = with_pictures(
            BAD, *map(bad_url, BAD_ONES), f"{HOST}/forbidden/a.png", NAMED[1]
        )
        done = crawl(archive, site, *ONE, "-s", "IMAGES_SIZE_MAX=1")
    return Ran(archive, site, done)


def test_the_articles_are_archived_whatever_their_pictures_do(ran: Ran) -> None:
    assert ran.done.code == 0
    assert not re.search("ERROR|Traceback", ran.done.err)
    assert ran.done.report["archived"] == {"new": 2}
    assert {row["doc_id"] for row in export(ran.archive)} == {GOOD, BAD}


def test_pictures_lie_under_their_content_with_the_type_that_they_are(ran: Ran) -> None:
    wanted = [*KINDS.values(), png("包"), png("移"), png(QR.removeprefix("https://"))]
    assert tree(ran.archive / "images") == {
        pictures.path(hashlib.sha256(data).hexdigest(), pictures.kind(data))[7:]: data
        for data in wanted
    }


def test_the_post_leads_to_them_and_says_where_they_came_from(ran: Ran) -> None:
    (post,) = (ran.archive / "posts").rglob(f"*{GOOD}.html")
    shown = sources(ran.archive, GOOD)
    stored = [found for found in shown if pictures.is_stored(found)]
    assert [found[pictures.ORIGINAL] for found in stored] == [
        *NAMED,
        f"{NAMED[1]}#x",
        f"{HOST}/plain.gif",
        QR,
    ]
    for found in stored:
        assert (post.parent / found["src"]).resolve().is_file()
    remote = [found["src"] for found in shown if not pictures.is_stored(found)]
    assert remote == [*ASKED_NOWHERE[:2], "https://finance.sina.com.cn/relative.png"]
    assert document.read(post.read_bytes()).headimg == NAMED[0]


@pytest.mark.parametrize("name", BAD_ONES)
def test_a_picture_that_cannot_be_had_keeps_its_address(ran: Ran, name: str) -> None:
    assert bad_url(name) in [found.get("src") for found in sources(ran.archive, BAD)]


def test_the_report_counts_pictures_and_why_they_failed(ran: Ran) -> None:
    failed = Counter(reason for _, reason in BAD_ONES.values()) + Counter({"robots": 1})
    told = ran.done.report["images"]
    # The second article names two that the first one has.
    assert told == {"stored": len(NAMED) + 1, "known": 2, "failed": dict(failed)}
    assert f"{len(NAMED) + 1} pictures stored, {failed.total()} pictures failed" in ran.done.out


def test_nobody_but_sinas_picture_hosts_is_asked_for_pictures(ran: Ran) -> None:
    hosts = {asked.host for asked in ran.site.asked}
    assert hosts == {
        "feed.mix.sina.com.cn",
        "finance.sina.com.cn",
        "n.sinaimg.cn",
        "k.sinaimg.cn",
        *(host for host in hosts if host.endswith(".sinaimg.cn")),
    }
    assert not [path for _, path in ran.site.requests if "landing" in path or "relative" in path]
    assert "/forbidden/a.png" not in ran.site.asked_pictures()
    accepted = {asked.headers["Accept"] for asked in ran.site.asked if asked.path in GOOD_ONES}
    assert accepted == {"image/*"}


def test_each_picture_is_asked_for_once(ran: Ran) -> None:
    asked = ran.site.asked_pictures()
    assert {path: asked[path] for path in GOOD_ONES} == dict.fromkeys(GOOD_ONES, 1)
    assert asked["/bad/circle"] == 6  # the request and REDIRECT_MAX_TIMES


def test_all_is_well_in_the_archive(ran: Ran) -> None:
    done = scrapy("verify", archive=ran.archive)
    assert (done.code, done.err) == (0, "")
    assert "0 damaged, 0 loose ends" in done.out


def test_the_ledger_knows_the_captures(ran: Ran) -> None:
    rows = ledger(ran.archive, "SELECT url, warc_file, warc_offset FROM image")
    assert {url for url, _, _ in rows} == {*NAMED, QR}
    assert all(file and offset for _, file, offset in rows)


def rebuilt(archive: Path, target: Path, workers: int = 1) -> Completed:
    """A replay of the archive's WARC files, which makes the same tree."""
    more = ("-a", f"workers={workers}") if workers > 1 else ()
    done = replay(target, archive / "warc", *ON, "-s", "IMAGES_SIZE_MAX=1", *more)
    for folder in ("posts", "revisions", "images"):
        assert tree(target / folder) == tree(archive / folder), folder
    return done


def test_a_replay_of_the_captures_makes_the_same_tree(ran: Ran, tmp_path: Path) -> None:
    done = rebuilt(ran.archive, tmp_path / "archive")
    assert (done.code, done.err) == (0, "")
    assert done.report["requests"] == 0
    told = ran.done.report["images"]
    assert {name: done.report["images"][name] for name in ("stored", "known")} == {
        name: told[name] for name in ("stored", "known")
    }
    # The bomb; of the others too much came for them to be recorded.
    assert done.report["images"]["failed"]["too_large"] == 1
    again = rebuilt(ran.archive, tmp_path / "archive")
    assert again.report["archived"] == {"unchanged": 2}
    assert again.report["images"] == {"stored": 0, "known": 0, "failed": {}}
    assert scrapy("verify", archive=tmp_path / "archive").code == 0


def test_several_workers_make_the_same_tree(ran: Ran, tmp_path: Path) -> None:
    done = rebuilt(ran.archive, tmp_path / "archive", workers=2)
    assert done.code == 0
    assert done.report["images"]["stored"] >= len(NAMED)
    assert scrapy("verify", archive=tmp_path / "archive").code == 0


@pytest.mark.parametrize("more", [(), ON])
def test_pictures_are_no_change_of_a_layout(ran: Ran, more: tuple[str, ...]) -> None:
    before = tree(ran.archive / "posts")
    done = scrapy("reextract", *more, archive=ran.archive)
    assert (done.code, tree(ran.archive / "posts")) == (0, before)
    assert "0 articles changed" in done.out
    assert "pictures failed" not in done.out or more


def test_a_replay_without_images_names_none(ran: Ran, tmp_path: Path) -> None:
    replay(tmp_path / "archive", ran.archive / "warc")
    assert not (tmp_path / "archive/images").exists()
    assert all(b"../images" not in data for data in posts(tmp_path / "archive").values())
    digests = "SELECT doc_id, digest FROM article ORDER BY doc_id"
    assert ledger(tmp_path / "archive", digests) == ledger(ran.archive, digests)


def test_a_replay_of_the_archive_reads_its_posts_and_no_pictures(ran: Ran, tmp_path: Path) -> None:
    (ran.archive / "images" / "page.html").write_text("<p>no post</p>")
    try:
        done = replay(tmp_path / "archive", ran.archive, *ON)
    finally:
        (ran.archive / "images" / "page.html").unlink()
    assert posts(tmp_path / "archive") == posts(ran.archive)
    assert done.report["images"] == {"stored": 0, "known": 0, "failed": {}}
    assert not [miss for miss in done.report["misses"] if "/images/" in miss["subject"]]
    digests = "SELECT doc_id, digest FROM article ORDER BY doc_id"
    assert ledger(tmp_path / "archive", digests) == ledger(ran.archive, digests)


# Again


def test_what_is_unchanged_asks_for_no_picture_and_what_is_known_is_not_fetched_again(
    tmp_path: Path,
) -> None:
    archive, was = tmp_path / "archive", ARTICLES[GOOD].paragraphs[1]
    late = f"{HOST}/late.jpg"
    with Pictures(GOOD) as site:
        site.pictures["/late.jpg"] = answer("soon", 404)
        site.pages_now[GOOD] = shown = with_pictures(GOOD, NAMED[0], late)
        first = crawl(archive, site, *ONE)
        assert first.report["images"]["failed"] == {"not_found": 1}
        before, asked = tree(archive / "posts"), site.asked_pictures()
        due_now(archive, GOOD)
        site.pictures["/late.jpg"] = picture(KINDS["jpg"])
        second = crawl(archive, site, *ONE)
        assert second.report["archived"] == {"unchanged": 1}
        assert second.report["images"] == {"stored": 0, "known": 0, "failed": {}}
        assert (tree(archive / "posts"), site.asked_pictures()) == (before, asked)
        due_now(archive, GOOD)
        site.pages_now[GOOD] = answer(shown.body.replace(was.encode(), f"更正：{was}".encode()))
        third = crawl(archive, site, *ONE)
        assert third.report["archived"] == {"revised": 1}
        assert third.report["images"]["stored"] == 1
        assert site.asked_pictures() == asked + Counter({"/late.jpg": 1})
    (old,) = tree(archive / "revisions").values()
    assert [old] == list(before.values())  # as it was written, path and all
    assert f' src="{late}"'.encode() in old
    assert f' src="{late}"'.encode() not in next(iter(posts(archive).values()))
    assert scrapy("verify", archive=archive).code == 0
    # Each version gets in a replay what it got in the crawl: the picture was there later.
    rebuilt(archive, tmp_path / "rebuilt")


def test_the_setting_counts_for_the_versions_that_are_archived_under_it(tmp_path: Path) -> None:
    """Switched on and off again between runs: what is archived stays as it was written."""
    archive, was = tmp_path / "archive", ARTICLES[GOOD].paragraphs[1]
    off = ("-a", "channels=china", "-s", "RETRY_TIMES=0")
    with Pictures(GOOD) as site:
        shown = with_pictures(GOOD, NAMED[0]).body.decode()

        def run(word: str, *args: str) -> Completed:
            due_now(archive, GOOD)
            site.pages_now[GOOD] = answer(shown.replace(was, word + was))
            return crawl(archive, site, *args)

        site.pages_now[GOOD] = answer(shown)
        crawl(archive, site, *off)
        ((path, without),) = tree(archive / "posts").items()
        assert run("", *ONE).report["archived"] == {"unchanged": 1}
        assert (tree(archive / "posts"), site.asked_pictures()) == ({path: without}, {})

        done = run("更正：", *ONE)
        assert (done.report["archived"], done.report["images"]["stored"]) == ({"revised": 1}, 2)
        (with_them,) = tree(archive / "posts").values()
        asked = site.asked_pictures()
        assert run("更正：", *off).report["archived"] == {"unchanged": 1}
        assert tree(archive / "posts") == {path: with_them}

        assert run("再更正：", *off).report["archived"] == {"revised": 1}
        assert site.asked_pictures() == asked
    images = [found["src"] for found in sources(archive, GOOD)]
    assert NAMED[0] in images
    assert not [source for source in images if pictures.is_path(source.removeprefix(pictures.UP))]
    assert tree(archive / "revisions") == {
        f"{GOOD}/0001.html": without,
        f"{GOOD}/0002.html": with_them,
    }
    assert b"../images/" in with_them
    assert scrapy("verify", archive=archive).code == 0


def test_a_post_that_was_removed_is_written_again_with_its_pictures(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Pictures(GOOD) as site:
        site.pages_now[GOOD] = with_pictures(GOOD, *NAMED)
        crawl(archive, site, *ONE)
        before, asked = tree(archive / "posts"), site.asked_pictures()
        next((archive / "posts").rglob("*.html")).unlink()
        due_now(archive, GOOD)
        crawl(archive, site, *ONE)
        assert (tree(archive / "posts"), site.asked_pictures()) == (before, asked)


def test_no_more_pictures_than_allowed(tmp_path: Path) -> None:
    with Pictures(GOOD) as site:
        site.pages_now[GOOD] = with_pictures(GOOD, *NAMED)
        done = crawl(tmp_path / "archive", site, *ONE, "-s", "IMAGES_COUNT_MAX=2")
        assert set(site.asked_pictures()) == {"/lying.svg", "/plain.jpg"}
    left = done.report["images"]["failed"]["too_many"]
    assert left == len({found["src"] for found in sources(tmp_path / "archive", GOOD)}) - 2


def test_without_the_setting_no_picture_is_asked_for(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    crawled: Crawled = whole_crawl(tmp_path_factory)
    assert not [host for host, _ in crawled.site.requests if "sinaimg" in host]
    assert not (crawled.archive / "images").exists()


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("IMAGES_SIZE_MAX=0", "at least 1"),
        ("IMAGES_SIZE_MAX=9", "at most 8 MB"),
        ("IMAGES_COUNT_MAX=0", "at least 1"),
        ("IMAGES_COUNT_MAX=many", "not a number"),
    ],
)
def test_settings_that_make_no_sense(tmp_path: Path, setting: str, complaint: str) -> None:
    done = replay(tmp_path / "archive", tmp_path, "-s", setting)
    assert done.code == 2
    assert complaint in done.err


def test_what_is_stopped_while_pictures_are_on_their_way_is_left_to_do(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Pictures(GOOD) as site:
        site.pages_now[GOOD] = with_pictures(GOOD, *NAMED)
        site.faults = {"/plain.jpg": "hang"}
        line = command("crawl", "sina_finance", *ONE, archive=archive, port=site.port)
        line += ["-s", "DOWNLOAD_TIMEOUT=3", "-s", "DOWNLOAD_DELAY=0.01"]
        with started(line) as process:
            while "/plain.jpg" not in site.asked_pictures():
                assert process.poll() is None
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
        assert len(reports(archive)) == 1
        assert posts(archive) == {}
        assert ledger(archive, "SELECT state, attempts FROM link") == [("todo", 0)]
        site.faults = {}
        done = crawl(archive, site, *ONE)
    assert done.report["archived"] == {"new": 1}
    assert all(
        pictures.is_stored(found)
        for found in sources(archive, GOOD)
        if re.search(r"n\.sinaimg\.cn/[a-z-]+", pictures.source(found))
    )
    assert scrapy("verify", archive=archive).code == 0


def test_what_a_body_says_is_the_same_with_pictures_and_without(tmp_path: Path) -> None:
    found: list[dict[str, Any]] = []
    for name, more in (("with", ON), ("without", ())):
        with Pictures(GOOD) as site:
            site.pages_now[GOOD] = with_pictures(GOOD, *NAMED)
            crawl(tmp_path / name, site, "-a", "channels=china", *more)
        found += export(tmp_path / name)
    for field in ("body_text", "headimg", "title", "symbols", "date"):
        assert found[0][field] == found[1][field]
    assert found[0]["body_html"] != found[1]["body_html"]
    assert len({reading.digest("题", row["body_html"]) for row in found}) == 1


def test_after_a_kill_the_next_run_goes_on(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Pictures(GOOD, OTHER) as site:
        site.pages_now[GOOD] = with_pictures(GOOD, *NAMED)
        site.pages_now[OTHER] = with_pictures(OTHER, *NAMED[::-1])
        site.faults = {"/no-ending": "hang"}
        line = command("crawl", "sina_finance", *ONE, archive=archive, port=site.port)
        with started(line) as process:  # and killed
            while "/no-ending" not in site.asked_pictures() or not tree(archive / "images"):
                assert process.poll() is None
                time.sleep(0.02)
        assert scrapy("verify", archive=archive).code in (0, 1)  # loose ends at most
        site.faults = {}
        done = crawl(archive, site, *ONE)
        assert done.report["archived"] == {"new": 2}
    assert scrapy("verify", archive=archive).code == 0
    rebuilt(archive, tmp_path / "rebuilt")


def test_a_picture_that_cannot_be_written_ends_the_run(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "images").write_bytes(b"a file")
    with Pictures(GOOD) as site:
        site.pages_now[GOOD] = with_pictures(GOOD, *NAMED)
        done = crawl(archive, site, *ONE)
        assert done.code == 3
        assert "Traceback" not in done.err
        assert posts(archive) == {}
        assert ledger(archive, "SELECT state FROM link") == [("todo",)]
        (archive / "images").unlink()
        assert crawl(archive, site, *ONE).report["archived"] == {"new": 1}
