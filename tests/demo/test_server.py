"""The small Sina over a socket."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from newsarchive.demo import SmallSina
from newsarchive.demo.special import is_slow
from tests.demo.helpers import (
    ARTICLES,
    REFERER,
    get,
    special,
)


@pytest.fixture
def sina() -> Iterator[SmallSina]:
    with SmallSina(slow=0.2) as server:
        yield server


@pytest.fixture
def client(sina: SmallSina) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", sina.port, timeout=5)
    yield connection
    connection.close()


def fetch(
    client: http.client.HTTPConnection, url: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    client.request(method, target, headers={"Host": parts.netloc, **headers})
    response = client.getresponse()
    return response, response.read()


def test_one_connection_serves_many_requests_and_they_are_counted(
    sina: SmallSina, client: http.client.HTTPConnection
) -> None:
    client.connect()
    first = client.sock
    for article in ARTICLES[:20]:
        response, body = fetch(client, article.url)
        assert (response.status, body) == (200, get(article.url).body)
        assert response.headers["Content-Length"] == str(len(body))
        assert response.headers["Date"].endswith("GMT")
    url = "https://feed.mix.sina.com.cn/api/roll/get?lid=1686&num=2"
    assert fetch(client, url, **REFERER)[0].status == 200
    assert fetch(client, url)[0].status == 403
    assert client.sock is first
    assert sina.requests[:20] == [
        (urlsplit(article.url).netloc, urlsplit(article.url).path) for article in ARTICLES[:20]
    ]
    assert sina.requests[20:] == [("feed.mix.sina.com.cn", "/api/roll/get?lid=1686&num=2")] * 2


def test_head_has_the_headers_and_no_body(client: http.client.HTTPConnection) -> None:
    article = special("many_urls")
    response, body = fetch(client, article.url, "HEAD")
    assert (response.status, body) == (200, b"")
    assert response.headers["Content-Length"] == str(len(get(article.url).body))
    assert fetch(client, article.url)[1] == get(article.url).body


def test_host_headers_with_ports_and_proxy_requests(
    sina: SmallSina, client: http.client.HTTPConnection
) -> None:
    path = urlsplit(special("moved").url).path
    client.request("GET", path, headers={"Host": f"Finance.Sina.com.cn:{sina.port}"})
    assert client.getresponse().read()
    client.request("GET", f"http://finance.sina.com.cn{path}")
    response = client.getresponse()
    assert response.status == 200
    assert response.read()
    assert sina.requests == [("finance.sina.com.cn", path)] * 2


def test_only_the_slow_page_is_slow(client: http.client.HTTPConnection) -> None:
    slow = {
        (item.doc_id, url)
        for item in ARTICLES
        for url in (item.url, item.mobile_url)
        if is_slow(urlsplit(url).netloc, urlsplit(url).path)
    }
    article = special("slow")
    assert slow == {(article.doc_id, article.url), (article.doc_id, article.mobile_url)}
    begin = time.monotonic()
    assert fetch(client, special("slow").url)[0].status == 200
    assert time.monotonic() - begin >= 0.2


def test_many_clients_at_once(sina: SmallSina) -> None:
    failures: list[str] = []

    def read_all() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", sina.port, timeout=10)
        for article in ARTICLES[:15]:
            response, body = fetch(connection, article.url)
            if response.status != 200 or body != get(article.url).body:
                failures.append(article.url)
        connection.close()

    threads = [threading.Thread(target=read_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(sina.requests) == 8 * 15


def test_clients_that_hang_up_are_no_trouble(
    sina: SmallSina, client: http.client.HTTPConnection, capfd: pytest.CaptureFixture[str]
) -> None:
    path = urlsplit(special("slow").url).path
    for _ in range(5):
        raw = socket.create_connection(("127.0.0.1", sina.port))
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: finance.sina.com.cn\r\n\r\n".encode())
        raw.close()
    time.sleep(0.4)
    assert fetch(client, special("moved").url)[0].status == 200
    assert capfd.readouterr() == ("", "")


def test_stop_hangs_up_and_start_takes_the_same_port(capfd: pytest.CaptureFixture[str]) -> None:
    server = SmallSina(slow=30)
    server.start()
    server.start()
    port = server.port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    parts = urlsplit(special("slow").url)
    connection.request("GET", parts.path, headers={"Host": parts.netloc})
    time.sleep(0.05)
    begin = time.monotonic()
    server.stop()
    server.stop()
    assert time.monotonic() - begin < 2
    connection.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    with server:
        assert server.port == port
    assert capfd.readouterr() == ("", "")
