"""The stage of pictures: what is durable when. What it does in a crawl: tests/spiders."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from newsarchive.archive.warc import Position
from newsarchive.extensions.run import Run
from newsarchive.pictures import Unstored
from newsarchive.pipelines.images import ImagesPipeline, Missing
from tests.pictures import PNG

URL = "https://n.sinaimg.cn/finance/a.png"


@pytest.fixture
def happened() -> list[str]:
    return []


@pytest.fixture
def stage(happened: list[str]) -> ImagesPipeline:
    """With an archive that notes what is done."""

    def put(*_: Any) -> str:
        happened.append("picture and row")
        return "images/ab/ab.png"

    found = ImagesPipeline.__new__(ImagesPipeline)
    recording = SimpleNamespace(syncing=lambda: lambda: happened.append("capture"))
    ledger = SimpleNamespace(before=lambda: happened.append("what waits"))
    found._run = cast("Run", SimpleNamespace(recording=recording, ledger=ledger))
    found._images = cast("Any", SimpleNamespace(put=put))
    found._size_max = len(PNG)
    return found


def test_a_capture_is_durable_before_the_ledger_names_it(
    stage: ImagesPipeline, happened: list[str]
) -> None:
    told = stage._keep(URL, 200, PNG, Position("a.warc.gz", 7))
    assert (told["path"], told["status"]) == ("images/ab/ab.png", "stored")
    assert happened == ["what waits", "capture", "picture and row"]


@pytest.mark.parametrize(
    ("status", "data", "reason"),
    [
        (404, PNG, Unstored.NOT_FOUND),
        (500, PNG, Unstored.HTTP_ERROR),
        (200, PNG + b"x", Unstored.TOO_LARGE),
        (200, b"<svg/>", Unstored.NO_PICTURE),
    ],
)
def test_what_is_no_picture_is_not_stored(
    stage: ImagesPipeline, happened: list[str], status: int, data: bytes, reason: Unstored
) -> None:
    with pytest.raises(Missing) as raised:
        stage._keep(URL, status, data, Position())
    assert raised.value.reason is reason
    assert happened == []
