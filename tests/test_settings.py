"""The settings that keep a crawl polite and safe, as `scrapy` itself resolves them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings
from scrapy.utils.conf import closest_scrapy_cfg
from scrapy.utils.misc import load_object

from newsarchive import __version__, settings
from newsarchive.archive import http_payload
from tests.conftest import ROOT
from tests.running import scrapy

RESOLVED = Settings()
RESOLVED.setmodule(settings, priority="project")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REMOTE_CONTROL_ENABLED", False),
        ("TELNETCONSOLE_ENABLED", False),
        ("DOWNLOAD_VERIFY_CERTIFICATES", True),
        ("ROBOTSTXT_OBEY", True),
        ("ROBOTSTXT_USER_AGENT", "newsarchive"),
        ("COOKIES_ENABLED", False),
        ("METAREFRESH_ENABLED", False),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", 1),
        ("REFERER_ENABLED", True),
        ("HTTPCACHE_ENABLED", False),
    ],
)
def test_a_setting_is_as_promised(name: str, value: object) -> None:
    assert name in RESOLVED, "Scrapy does not know it"
    assert RESOLVED[name] == value
    assert type(RESOLVED[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("DOWNLOAD_DELAY", 1, 60),
        ("DOWNLOAD_TIMEOUT", 5, 120),
        ("DOWNLOAD_MAXSIZE", 2**20, 2**26),
        ("RETRY_TIMES", 1, 5),
        ("REDIRECT_MAX_TIMES", 1, 10),
        ("BLOCKS_MAX", 1, 10),
        ("LIST_PAGE_SIZE", 1, 50),
    ],
)
def test_a_number_is_within_bounds(name: str, low: float, high: float) -> None:
    assert low <= RESOLVED.getfloat(name) <= high


@pytest.mark.parametrize("scheme", ["file", "data", "ftp", "s3"])
def test_only_http_and_https_can_be_asked(scheme: str) -> None:
    handlers = RESOLVED.getwithbase("DOWNLOAD_HANDLERS")
    assert handlers.get(scheme) is None
    assert {name for name, handler in handlers.items() if handler} == {"http", "https"}


def test_what_would_unpack_or_keep_cookies_is_not_there() -> None:
    folder = "scrapy.downloadermiddlewares"
    packed = f"{folder}.httpcompression.HttpCompressionMiddleware"
    assert RESOLVED.getdict("DOWNLOADER_MIDDLEWARES")[packed] is None
    asked = RESOLVED.getdict("DEFAULT_REQUEST_HEADERS")["Accept-Encoding"]
    assert set(asked.split(", ")) <= set(http_payload._DECODERS)
    base = RESOLVED.getdict("DOWNLOADER_MIDDLEWARES_BASE")
    assert packed in base
    assert f"{folder}.cookies.CookiesMiddleware" not in base


def test_the_robot_says_who_it_is() -> None:
    agent = RESOLVED["USER_AGENT"]
    assert agent.startswith(f"newsarchive/{__version__} ")
    assert "Mozilla" not in agent


def test_no_setting_gives_a_secret_or_a_machine_away() -> None:
    text = Path(settings.__file__).read_text("utf-8")
    assert not re.search(r"password|token|secret|/home/|/root/", text, re.IGNORECASE)


@pytest.mark.parametrize("name", ["ITEM_PIPELINES", "EXTENSIONS", "DOWNLOADER_MIDDLEWARES"])
def test_what_the_settings_name_exists(name: str) -> None:
    named: dict[Any, int | None] = RESOLVED.getdict(name)
    for path, order in named.items():
        if order is not None:
            assert callable(load_object(path))


def test_the_stages_run_in_their_order() -> None:
    pipelines = RESOLVED.getdict("ITEM_PIPELINES")
    names = [path.rpartition(".")[2] for path in sorted(pipelines, key=pipelines.__getitem__)]
    assert names == [
        f"{name}Pipeline" for name in ("Validate", "Body", "Describe", "Images", "Store")
    ]


def test_the_checkout_is_a_scrapy_project(tmp_path: Path) -> None:
    assert Path(closest_scrapy_cfg(ROOT)) == ROOT / "scrapy.cfg"
    done = scrapy("settings", "--get", "BOT_NAME", archive=tmp_path / "archive")
    assert (done.code, done.out, done.err) == (0, "newsarchive\n", "")
    assert list(tmp_path.iterdir()) == []
