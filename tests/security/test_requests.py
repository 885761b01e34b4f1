"""What a crawl asks, where it connects to, and what it says of itself."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scrapy.resolver import dnscache
from scrapy.settings import Settings
from twisted.internet import reactor
from twisted.internet.base import ThreadedResolver
from twisted.internet.defer import succeed
from twisted.internet.error import DNSLookupError

from newsarchive import addresses, clock, settings
from newsarchive.addresses import PublicResolver, is_public
from newsarchive.archive.ledger import Ledger
from newsarchive.demo import SmallSina
from newsarchive.demo.site import Answer, respond
from newsarchive.items import Link
from newsarchive.sina import urls
from newsarchive.sina.pager import PAGES_MAX
from tests.conftest import ROOT
from tests.faults_network.listed import PLAIN, asked, reasons
from tests.fork import PATIENCE
from tests.running import (
    ARTICLES,
    Completed,
    Site,
    command,
    crawl,
    environment,
    finished,
    scrapy,
    tree,
)
from tests.security.hosts import NAMES, PUBLIC
from tests.security.sockets import listening
from tests.spiders.answers import answer, list_of, listed, row

RESOLVED = Settings()
RESOLVED.setmodule(settings, priority="project")

# Addresses

PRIVATE = {
    "loopback": "127.0.0.1 127.255.255.254",
    "this host": "0.0.0.0 0.1.2.3",
    "private": "10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1",
    "link-local": "169.254.0.1 169.254.169.254",
    "shared": "100.64.0.1 100.100.100.200 100.127.255.255",
    "protocols": "192.0.0.1 192.0.0.9 192.0.0.170 192.88.99.1",
    "examples": "192.0.2.1 198.51.100.1 203.0.113.1",
    "benchmarks": "198.18.0.1 198.19.255.255",
    "multicast": "224.0.0.1 239.255.255.255",
    "reserved": "240.0.0.1 255.255.255.255",
    "IPv6": "::1 :: fe80::1%eth0 fd12:3456::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 2400:3200::1",
    "no address": "localhost 127.1 0x7f000001 2130706433 8.8.8 8.8.8.8. 08.8.8.8 x",
}
GLOBAL = (
    "1.1.1.1 8.8.8.8 11.0.0.1 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 "
    "198.20.0.1 223.255.255.255"
).split()


@pytest.mark.parametrize("kind", PRIVATE)
def test_an_address_of_nobody_on_the_internet_is_none(kind: str) -> None:
    assert not [text for text in [*PRIVATE[kind].split(), ""] if is_public(text)]


def test_the_others_are() -> None:
    assert [text for text in GLOBAL if not is_public(text)] == []


def resolve(name: str) -> Any:
    """What the resolver finds: an address, or the exception."""
    found: list[Any] = []
    resolver = PublicResolver(reactor, 10000, 60)
    resolver.getHostByName(name).addBoth(found.append)
    (result,) = found
    return getattr(result, "value", result)


def test_a_refused_address_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "refused", dict[str, str]())
    monkeypatch.setitem(dnscache, "x.sina.cn", "10.1.2.3")  # the cache is no way around it
    assert isinstance(resolve("x.sina.cn"), DNSLookupError)
    assert addresses.refused == {"x.sina.cn": "10.1.2.3"}
    monkeypatch.setitem(dnscache, "x.sina.cn", PUBLIC)
    assert resolve("x.sina.cn") == PUBLIC
    assert addresses.refused == {}


@pytest.mark.parametrize("name", "127.0.0.1 127.1 2130706433 0x7f.1 0177.0.0.1 0".split())
def test_a_literal_address_is_checked_as_it_is_understood(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def look_up(self: object, name: str, timeout: object = ()) -> Any:
        return succeed(socket.gethostbyname(name))  # a literal asks nobody

    monkeypatch.setattr(ThreadedResolver, "getHostByName", look_up)
    try:
        assert isinstance(resolve(name), DNSLookupError)
    finally:
        dnscache.pop(name, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "localhost"])
def test_a_request_to_this_machine_is_not_sent(tmp_path: Path, host: str) -> None:
    with SmallSina() as site:
        done = scrapy("fetch", f"http://{host}:{site.port}/", archive=tmp_path / "archive")
        assert (site.connections, site.requests) == (0, [])
    assert "RefusedAddressError" in done.err
    assert "leads to 127.0.0.1, no public address" in done.err


@pytest.mark.parametrize("host", ["[::1]", "[2400:3200::1]"])
def test_over_ipv6_no_request_is_sent(tmp_path: Path, host: str) -> None:
    quick = ("-s", "RETRY_TIMES=0", "-s", "DOWNLOAD_DELAY=0")
    done = scrapy("fetch", f"http://{host}/", *quick, archive=tmp_path / "archive")
    assert f"no results for hostname lookup: {host.strip('[]')}" in done.err


def test_what_is_connected_to_is_what_was_checked(tmp_path: Path) -> None:
    pages = [
        "https://finance.sina.com.cn/china/2021-08-06/doc-ikqtesta0000001.shtml",
        "https://news.sina.com.cn/c/2021-08-06/doc-ikqtesta0000002.shtml",
        "https://tech.sina.com.cn/i/2021-08-06/doc-ikqtesta0000003.shtml",
        "https://ent.sina.com.cn/s/2021-08-06/doc-ikqtesta0000004.shtml",
    ]
    file, connected = tmp_path / "urls.txt", tmp_path / "connected"
    file.write_text("\n".join(pages))
    done = scrapy(
        *("crawl", "sina_finance", "-a", f"urls={file}", "-s", "DNSCACHE_ENABLED=0"),
        *("-s", "TWISTED_DNS_RESOLVER=tests.security.hosts.Hosts"),
        *("-s", "RETRY_TIMES=0", "-s", "DOWNLOAD_DELAY=0"),
        archive=tmp_path / "archive",
        more={"CONNECTED": str(connected)},
    )
    assert done.code == 1
    assert connected.read_text() == f"('{PUBLIC}', 443)\n"  # of robots.txt: it led there then
    assert done.report["failed"] == {"network": len(pages)}
    details = {miss["subject"].split("/")[2]: miss["detail"] for miss in done.report["misses"]}
    for name, found in NAMES.items():
        assert details[name] == (
            f"RefusedAddressError: {name} leads to {found[-1]}, no public address"
        )


def test_only_the_demo_leads_to_loopback() -> None:
    assert RESOLVED["TWISTED_DNS_RESOLVER"] == "newsarchive.addresses.PublicResolver"
    assert not RESOLVED.getpriority("DNS_RESOLVER")
    using = [
        path.relative_to(ROOT / "newsarchive").as_posix()
        for path in (ROOT / "newsarchive").rglob("*.py")
        if "LOOPBACK" in path.read_text("utf-8") or "dnscache" in path.read_text("utf-8")
    ]
    assert sorted(using) == ["commands/demo.py", "demo/handler.py"]


# One crawl of a site that would have us leave it, while everything around it would help

HOSTILE = [
    "http://example.org/a/2021-08-06/doc-ikqtesta0000901.shtml",
    "https://finance.sina.com.cn.example.org/2021-08-06/doc-ikqtesta0000902.shtml",
    "https://examplesina.com.cn/2021-08-06/doc-ikqtesta0000903.shtml",
    "https://finance.sina.com.cn:8443/2021-08-06/doc-ikqtesta0000904.shtml",
    "https://user:password@finance.sina.com.cn/2021-08-06/doc-ikqtesta0000905.shtml",
    "https://finance.sina.com.cn@127.0.0.1/2021-08-06/doc-ikqtesta0000906.shtml",
    "https://127.0.0.1/sina.com.cn/2021-08-06/doc-ikqtesta0000907.shtml",
    "https://[::1]/2021-08-06/doc-ikqtesta0000908.shtml",
    "https://2130706433/2021-08-06/doc-ikqtesta0000909.shtml",
    "file:///2021-08-06/doc-ikqtesta0000910.shtml",
    "ftp://finance.sina.com.cn/2021-08-06/doc-ikqtesta0000911.shtml",
    "data:text/html,/2021-08-06/doc-ikqtesta0000912.shtml",
    "javascript:'/2021-08-06/doc-ikqtesta0000913.shtml'",
    f"https://finance.sina.com.cn/{'x' * 2100}/2021-08-06/doc-ikqtesta0000914.shtml",
    "https://finance.sina.com.cn\\@example.org/2021-08-06/doc-ikqtesta0000915.shtml",
    "https://finance\u3002sina.com.cn/2021-08-06/doc-ikqtesta0000916.shtml",
]
TURNS, LONG, *GOOD = PLAIN[:5]
_ELSEWHERE = "".join(f'<a href="{address}">下一页</a>' for address in HOSTILE[:13])
SAID = {
    "Host",
    "User-Agent",
    "Referer",
    "Accept",
    "Accept-Language",
    "Accept-Encoding",
}


@dataclass(frozen=True)
class Ran:
    done: Completed
    site: Site
    archive: Path
    ports: list[list[tuple[str, int]]]  #: while it ran
    proxied: int  #: connections to the proxy of its environment


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("requests")
    archive, ports = folder / "archive", list[list[tuple[str, int]]]()
    (folder / ".netrc").write_text("default login user password netrcsecret\n")
    (folder / ".netrc").chmod(0o600)

    def answers(host: str, path: str, query: str) -> Answer | None:
        ports.append(listening(process.pid) if Path("/proc/net/tcp").exists() else [])
        if listed(host, path, query):
            rows = [row(ARTICLES[name]) for name in (TURNS, LONG, *GOOD)]
            rows += [rows[0] | {"url": address, "wapurl": address} for address in HOSTILE]
            found = list_of(rows)
        elif LONG in path:
            location = f"https://finance.sina.com.cn/{'y' * 2100}/doc-i{LONG}.shtml"
            found = answer("", 302, Location=location)
        else:
            found = respond(host, path, query, {})
        if TURNS in path:
            pager = f'<div class="page">{_ELSEWHERE}</div></body>'.encode()
            found = Answer(found.status, found.headers, found.body.replace(b"</body>", pager))
        cookie = {"Set-Cookie": "tracker=cookiesecret; Domain=.sina.com.cn; Path=/"}
        return Answer(found.status, {**found.headers, **cookie}, found.body)

    with socket.create_server(("127.0.0.1", 0)) as proxy, Site(answers) as site:
        proxy.setblocking(False)
        address = f"http://user:proxysecret@127.0.0.1:{proxy.getsockname()[1]}"
        names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY")
        env = environment() | dict.fromkeys(names, address) | {"HOME": str(folder)}
        line = command("crawl", "sina_finance", archive=archive, port=site.port)
        process = subprocess.Popen(
            [*line, "-a", "channels=china"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        proxied = 0
        try:
            proxy.accept()[0].close()
            proxied = 1
        except BlockingIOError:
            pass
    ended = subprocess.CompletedProcess(line, process.returncode, out, err)
    return Ran(finished(ended, archive, set()), site, archive, ports, proxied)


def test_no_link_leads_off_the_site(ran: Ran) -> None:
    assert {item.host for item in ran.site.asked} <= {"feed.mix.sina.com.cn", "finance.sina.com.cn"}
    assert not [path for _, path in ran.site.requests if "ikqtesta00009" in path]
    assert ran.done.report["archived"] == {"new": len([TURNS, *GOOD])}
    assert "Traceback" not in ran.done.err


def test_each_is_named(ran: Ran) -> None:
    foreign = [miss for miss in ran.done.report["misses"] if miss["reason"] == "foreign_url"]
    assert [miss["subject"] for miss in foreign] == [address[:500] for address in HOSTILE]
    assert reasons(ran.done.report)[LONG] == "http_error"


def test_nothing_is_said_but_who_we_are(ran: Ran) -> None:
    for item in ran.site.asked:
        assert item.headers.keys() == SAID
        assert item.headers["User-Agent"] == RESOLVED["USER_AGENT"]
        assert item.headers["Referer"] == "https://finance.sina.com.cn/"
    assert ran.proxied == 0


def test_no_secret_is_kept(ran: Ran) -> None:
    kept = b"".join([*tree(ran.archive).values(), ran.done.out.encode(), ran.done.err.encode()])
    for secret in (b"cookiesecret", b"netrcsecret", b"proxysecret"):
        assert secret not in kept


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="Linux tells it")
def test_no_port_listens(ran: Ran) -> None:
    assert len(ran.ports) >= len([TURNS, LONG, *GOOD])
    assert not any(ran.ports)
    with socket.create_server(("127.0.0.1", 0)) as one:  # else it would be seen
        assert ("tcp", one.getsockname()[1]) in listening(os.getpid())


def test_addresses_of_a_file_are_no_other(tmp_path: Path) -> None:
    file = tmp_path / "urls.txt"
    good = ARTICLES[GOOD[0]].url
    file.write_text("\n".join([*HOSTILE, good]), "utf-8")
    with Site() as site:
        done = crawl(tmp_path / "archive", site, "-a", f"urls={file}")
    assert done.code == 0
    assert done.misses() == dict.fromkeys(HOSTILE, "foreign_url")
    assert {host for host, _ in site.requests} == {"finance.sina.com.cn"}
    assert done.report["archived"] == {"new": 1}


def test_what_a_ledger_names_is_no_way_around_it(tmp_path: Path) -> None:
    """Such rows are not written; whoever writes them does not reach anything with them."""
    archive = tmp_path / "archive"
    archive.mkdir()
    odd = [
        HOSTILE[0],
        HOSTILE[1],
        HOSTILE[2],
        HOSTILE[6],
        "http://localhost/",
        "file:///etc/passwd",
    ]
    links = [Link(f"kqtestb{number:07}", url) for number, url in enumerate(odd)]
    with closing(Ledger(f"sqlite:///{archive / 'ledger.db'}")) as opened:
        opened.add_links(links, clock.now())
    with Site() as site:
        crawl(archive, site, "-a", "urls=/dev/null")
    assert site.requests == []
    assert site.connections == 0


# Bounds


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOWNLOAD_MAXSIZE", 8 * 1024 * 1024),
        ("DOWNLOAD_TIMEOUT", 30),
        ("REDIRECT_MAX_TIMES", 5),
        ("RETRY_TIMES", 2),
        ("LIST_PAGES_MAX", 5),
        ("LIST_DEPTH_MAX", 400),
        ("URLLENGTH_LIMIT", 2083),
        ("DOWNLOAD_FAIL_ON_DATALOSS", True),
        ("HTTPPROXY_ENABLED", False),
        ("DEPTH_LIMIT", 0),  # one list follows the other: the bounds are those of lists and pages
    ],
)
def test_a_bound_is_as_documented(name: str, value: object) -> None:
    assert RESOLVED[name] == value


@pytest.mark.parametrize("length", [2083, 2084, 100_000])
def test_an_address_has_an_end(length: int) -> None:
    start, end = "https://finance.sina.com.cn/", "/doc-ikqtesta0000501.shtml"
    url = start + "x" * (length - len(start) - len(end)) + end
    assert (urls.parse(url) is not None) == (length <= RESOLVED.getint("URLLENGTH_LIMIT"))


def test_lists_and_pagers_without_end_end(tmp_path: Path) -> None:
    first = ARTICLES[GOOD[0]]
    base = first.url.removesuffix(".shtml")

    def answers(host: str, path: str, query: str) -> Answer | None:
        if listed(host, path, query):
            number = len(site.lists())
            fresh = f"/doc-i{'abcdefghij'[number % 10]}qtesta{number:07}.shtml"
            new = row(first) | {"url": base.rpartition("/")[0] + fresh, "wapurl": ""}
            return list_of([row(first) if number == 1 else new])
        if GOOD[0] not in path:
            return answer("", 404) if "qtesta" in path else None
        body = respond(host, first.url.split(host)[1], "", {}).body
        number = int(path.partition("_")[2].partition(".")[0] or 1)
        pager = f'<div class="page"><a href="{base}_{number + 1}.shtml">下一页</a></div></body>'
        return answer(body.replace(b"</body>", pager.encode()))

    with Site(answers) as site:
        again = ("-a", "channels=china", "-s", "LIST_PAGES_MAX=3", "-s", "LIST_PAGE_SIZE=1")
        done = crawl(tmp_path / "archive", site, *again)
    assert done.report["archived"] == {"new": 1}
    assert len(site.lists()) == 3
    assert asked(site, GOOD[0]) == PAGES_MAX
