"""What the tests of spiders share."""

from __future__ import annotations

import pytest

from tests.running import Crawled, whole_crawl


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    """A whole crawl of the small Sina, made once a process: nobody changes it."""
    return whole_crawl(tmp_path_factory)
