"""What all tests share: where the fixtures are, and the real material beside the checkout."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests.faults import shim as shims

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
SHARED = ROOT.parent / "shared"

# A thousand runs sync their files: in memory, where there is room, that takes no time.
_MEMORY = Path("/dev/shm")
_ROOM = shutil.disk_usage(_MEMORY).free if _MEMORY.is_dir() else 0
if "TMPDIR" not in os.environ and _ROOM > 4 * 2**30:
    os.environ["TMPDIR"] = str(_MEMORY)
    tempfile.tempdir = None  # it asks once

# The same examples in every run; NEWSARCHIVE_FUZZ=1 looks for new ones, and for more of them.
settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=80)
settings.register_profile("fuzz", deadline=None, max_examples=3000)
settings.load_profile("fuzz" if os.environ.get("NEWSARCHIVE_FUZZ") else "fixed")


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: much of the time tests wait, for processes of their
    own, disks and clocks."""
    return round(1.5 * (os.cpu_count() or 1))


#: Where the longest tests are.
_FIRST = ("crash", "faults", "cluster")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest ones begin first: else one worker is at them when the others have done all."""
    tests = ROOT / "tests"
    items.sort(key=lambda item: item.path.relative_to(tests).parts[0] not in _FIRST)


def page_folders() -> list[Path]:
    """The golden pages: folders of page.html, expected.json and, mostly, oracle_body.html."""
    return sorted(folder for folder in (FIXTURES / "pages").iterdir() if folder.is_dir())


@pytest.fixture
def shared() -> Path:
    """The folder of other people's pages; a test that needs it is skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared here")
    return SHARED


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled shim of tests/faults; a test that needs it is skipped where there is none."""
    try:
        return shims.build(tmp_path_factory.mktemp("shim"))
    except shims.Unavailable as error:
        pytest.skip(str(error))
