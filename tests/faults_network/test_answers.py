"""Answers that arrive whole and are wrong: statuses, redirects, encodings; all in one crawl."""

from __future__ import annotations

import gzip
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsarchive.demo.site import Answer, respond
from tests.conftest import FIXTURES
from tests.faults_network.listed import (
    PLAIN,
    Burst,
    archived_whole,
    asked,
    links,
    list_with,
    reasons,
)
from tests.running import ARTICLES, Completed, Hook, Site, crawl
from tests.spiders.answers import answer

OK = "done"
#: Where a redirect must not lead.
ELSEWHERE = [
    "http://example.org/landing.html",
    "//example.org/landing.html",
    "http://127.0.0.1/landing.html",
    "http://[::1]/landing.html",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://finance.sina.com.cn:8080/landing.html",
    "http://finance.sina.com.cn@127.0.0.1/landing.html",
    "http://finance.sina.com.cn.example.org/landing.html",
    "file:///etc/passwd",
    "data:text/html,<h1>x</h1>",
    "javascript:alert(1)",
    "ftp://finance.sina.com.cn/landing.html",
    "http://[half",
]


def to(location: str) -> Answer:
    return answer("", 302, Location=location)


def coded(coding: str, body: bytes) -> Answer:
    return Answer(200, {"Content-Type": "text/html", "Content-Encoding": coding}, body)


def lies(told: str, really: str) -> Hook:
    """The page as it is, in another encoding than its header and its meta say."""

    def page(host: str, path: str, query: str) -> Answer:
        text = respond(host, path, query, {}).body.decode()
        assert 'charset="utf-8"' in text or "charset=utf-8" in text
        for mark in ("charset=", 'charset="'):
            text = text.replace(f"{mark}utf-8", f"{mark}{told}")
        return answer(text.encode(really), kind=f"text/html; charset={told}")

    return page


def mislabelled(coding: str) -> Hook:
    """A plain page that is told to be coded."""
    return lambda host, path, query: coded(coding, respond(host, path, query, {}).body)


def half_gzip(host: str, path: str, query: str) -> Answer:
    """The begin of a page, from a compressed body that ends in the middle."""
    packed = gzip.compress(respond(host, path, query, {}).body)
    return coded("gzip", packed[: len(packed) // 2])


CAPTCHA = answer((FIXTURES / "pages" / "blocked_captcha" / "page.html").read_bytes())
BAD = {status: answer("oops", status) for status in (403, 429, 500, 502, 503, 504)}


def garbage(status: int, told: str) -> Answer:
    return answer("wait", status, **{"Retry-After": told})


#: name -> what the page answers, how often it is asked, what is recorded.
CASES: dict[str, tuple[Answer | Hook, int, str]] = {
    "500 once": (Burst(BAD[500]), 2, OK),
    "502 and 504": (Burst(BAD[502], BAD[504]), 3, OK),
    "503 for ever": (BAD[503], 3, "http_error"),
    "503, garbage": (Burst(garbage(503, "soon")), 2, OK),
    "403 once": (Burst(BAD[403]), 1, "blocked"),
    "429 once": (Burst(BAD[429]), 1, "blocked"),
    "429, negative": (Burst(garbage(429, "-5")), 1, "blocked"),
    "429, garbage": (Burst(garbage(429, "Thu, 99 Foo 2026 99:99:99 GMT")), 1, "blocked"),
    "captcha": (CAPTCHA, 1, "blocked"),
    "utf-8 that says gb2312": (lies("gb2312", "utf-8"), 1, OK),
    "gb18030 that says utf-8": (lies("utf-8", "gb18030"), 1, OK),
    "no gzip": (mislabelled("gzip"), 1, OK),
    "no br": (mislabelled("br"), 1, OK),
    "no zstd": (mislabelled("zstd"), 1, OK),
    "half a gzip": (half_gzip, 1, "truncated"),
    "a coding of its own": (coded("sdch", b"\x01\x02\x03"), 1, "truncated"),
    **{f"leads to {place}": (to(place), 1, "http_error") for place in ELSEWHERE},
}
NAMES = dict(zip(CASES, PLAIN))
CIRCLE, FIRST, SECOND, *GOOD = PLAIN[len(CASES) :][:6]


@dataclass(frozen=True)
class Ran:
    """The crawl, and one after it of a site that is well."""

    archive: Path
    done: Completed
    site: Site
    links: dict[str, tuple[str, str, int]]
    asked: dict[str, int]
    again: Completed


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    archive = tmp_path_factory.mktemp("answers") / "archive"
    # Copies: a burst is over once, and who runs in several processes may make this twice.
    pages = {NAMES[case]: deepcopy(page) for case, (page, _, _) in CASES.items()}
    pages[CIRCLE] = to(ARTICLES[CIRCLE].url)
    pages[FIRST], pages[SECOND] = to(ARTICLES[SECOND].url), to(ARTICLES[FIRST].url)
    every = [*pages, *GOOD]
    options = ("-a", "channels=china", "-s", "BLOCKS_MAX=100", "-s", "FAILURES_MAX=0")
    with Site(list_with(every, pages)) as site:
        done = crawl(archive, site, *options)
    fine = [NAMES[case] for case, (_, _, recorded) in CASES.items() if recorded is OK]
    archived_whole(archive, [*fine, *GOOD])
    first, counts = links(archive), {name: asked(site, name) for name in every}
    with Site(list_with(every)) as well:
        again = crawl(archive, well, "-a", "channels=china")
    return Ran(archive, done, site, first, counts, again)


@pytest.mark.parametrize("case", CASES)
def test_an_answer_is_tried_again_and_recorded(ran: Ran, case: str) -> None:
    name, (_, tries, recorded) = NAMES[case], CASES[case]
    assert ran.asked[name] == tries
    if recorded is OK:
        assert ran.links[name] == ("done", "", 0)
        return
    assert reasons(ran.done.report)[name] == recorded
    # Of a refusal the link is not to blame.
    assert ran.links[name] == ("todo", recorded, 0 if recorded == "blocked" else 1)


def test_circles_are_left(ran: Ran) -> None:
    told = reasons(ran.done.report)
    assert {told[name] for name in (CIRCLE, FIRST, SECOND)} == {"http_error"}
    assert ran.asked[CIRCLE] == 6  # the request and REDIRECT_MAX_TIMES
    assert ran.asked[FIRST] + ran.asked[SECOND] == 12


def test_nothing_but_sina_is_asked(ran: Ran) -> None:
    assert {asked.host for asked in ran.site.asked} == {
        "feed.mix.sina.com.cn",
        "finance.sina.com.cn",
    }
    assert not [path for _, path in ran.site.requests if "landing" in path or "meta-data" in path]


def test_each_is_told_in_one_line(ran: Ran) -> None:
    assert ran.done.code == 1
    assert "Traceback" not in ran.done.err


def test_a_later_run_archives_what_failed(ran: Ran) -> None:
    assert ran.again.code == 0
    archived_whole(ran.archive, [*NAMES.values(), CIRCLE, FIRST, SECOND, *GOOD])
