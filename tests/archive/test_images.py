"""Pictures in the archive: each content once; found, missed and mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsarchive.archive.images import Images, named
from newsarchive.archive.recorder import Recorder
from newsarchive.archive.store import Store
from newsarchive.archive.warc import Position
from newsarchive.archive.warc_files import Closed
from newsarchive.demo.pictures import png
from newsarchive.exceptions import StorageError
from newsarchive.post.body import with_images
from tests.archive.mending import mended
from tests.archive.recordings import PAGE
from tests.archive.small import PICTURE, an_article, opened, told
from tests.pictures import JPG, KINDS, OTHERS, PNG
from tests.running import tree

URL = "https://n.sinaimg.cn/finance/a.jpg"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path, create=True)
    yield store
    store.close()


@pytest.fixture
def images(store: Store) -> Images:
    return Images(store.root, store.ledger)


@pytest.mark.parametrize("kind", KINDS)
def test_the_bytes_stay_and_give_the_name(store: Store, images: Images, kind: str) -> None:
    path = images.put(URL, KINDS[kind])
    assert path.endswith(f".{kind}")
    assert (store.root / path).read_bytes() == KINDS[kind]
    assert images.known(URL) == path
    row = store.ledger.image(URL)
    assert row is not None
    assert (row["path"], row["size"], row["type"]) == (path, len(KINDS[kind]), kind)
    assert not list((store.root / ".newsarchive").glob("*"))


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_picture_is_not_kept(store: Store, images: Images, name: str) -> None:
    with pytest.raises(ValueError, match="no picture's path"):
        images.put(URL, OTHERS[name])
    assert tree(store.root / "images") == {}


def test_the_same_content_lies_once(store: Store, images: Images) -> None:
    assert images.put(URL, PNG) == images.put(f"{URL}?other", PNG)
    assert images.known(f"{URL}?other") == images.known(URL)
    assert len(tree(store.root / "images")) == 1


def test_another_content_takes_the_address_and_the_old_one_stays(
    store: Store, images: Images
) -> None:
    first, second = images.put(URL, PNG), images.put(URL, JPG)
    assert images.known(URL) == second
    assert set(tree(store.root)) >= {first, second}


def test_what_is_lost_or_cut_is_not_known(store: Store, images: Images) -> None:
    path = images.put(URL, PNG)
    (store.root / path).write_bytes(PNG[:-1])
    assert images.known(URL) == ""
    (store.root / path).unlink()
    assert images.known(URL) == images.known("https://n.sinaimg.cn/x.png") == ""
    assert images.put(URL, PNG) == path == images.known(URL)


def test_trouble_with_the_disk_is_told(store: Store, images: Images) -> None:
    (store.root / "images").write_bytes(b"a file")
    with pytest.raises(StorageError):
        images.put(URL, PNG)
    assert store.ledger.image(URL) is None


def test_pictures_that_a_body_names(images: Images) -> None:
    path = images.put(URL, PNG)
    markup = with_images(f'<p>字</p><img src="{URL}#x"><img src="{URL}?y">', {f"{URL}#x": path})
    assert list(named(markup)) == [(URL, path)]
    assert list(named(f"<p>../../../../images/ {path}</p>")) == []


# verify and --repair


def one_picture(root: Path) -> Path:
    (path,) = (root / "images").rglob("*.png")
    return path


def test_a_picture_that_is_missing_or_changed_is_found(small: Path) -> None:
    path = one_picture(small)
    name = path.relative_to(small).as_posix()
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"\0")
    assert told(small) == [("changed", name)]  # once, though it is known under two addresses
    path.unlink()
    assert told(small) == [("missing", name)]
    path.write_bytes(data)
    assert told(small) == []


def test_a_picture_without_a_copy_is_given_up(small: Path) -> None:
    path = one_picture(small)
    path.write_bytes(b"x")
    (said,) = mended(small)
    assert said.endswith("a picture that is lost; the posts that name it have its address")
    assert (small / "damaged" / path.relative_to(small)).read_bytes() == b"x"
    assert told(small) == []
    with opened(small) as store:
        assert Images(store.root, store.ledger).known(PICTURE) == ""


def test_a_picture_is_restored_from_what_was_taken_out(small: Path) -> None:
    path = one_picture(small)
    aside = small / "strays" / path.relative_to(small)
    aside.parent.mkdir(parents=True)
    aside.write_bytes(path.read_bytes())
    path.write_bytes(b"x")
    (said,) = mended(small)
    assert "restored from strays/images/" in said
    assert path.read_bytes() == aside.read_bytes()
    assert told(small) == []


def test_a_picture_is_restored_from_its_capture(small: Path) -> None:
    with opened(small) as store:
        position, files = _captured(store.root, PNG)
        store.ledger.add_warc_files(files)
        path = store.root / Images(store.root, store.ledger).put(URL, PNG, position)
        path.unlink()
    said = mended(small)
    assert [line for line in said if f"restored from warc/{position.file}" in line]
    assert path.read_bytes() == PNG
    assert told(small) == []


def _captured(root: Path, data: bytes) -> tuple[Position, list[Closed]]:
    recorder = Recorder(root, "20210806T000000.000000Z-pictures", 1, {})
    position = recorder.record(replace(PAGE, url=URL, body=data, context={"image": URL}))
    return position, recorder.close()


@pytest.mark.parametrize("name", ["images/x.svg", "images/00/deep/file.png"])
def test_a_file_that_nobody_knows_is_moved_away(small: Path, name: str) -> None:
    (small / name).parent.mkdir(parents=True, exist_ok=True)
    (small / name).write_bytes(PNG)
    assert told(small) == [("stray", name)]
    assert mended(small) == [f"stray: {name}: moved to strays/{name}"]
    assert told(small) == []


def test_a_picture_whose_row_was_not_written_yet_is_a_loose_end(small: Path) -> None:
    """A kill between the file and its row: the next run stores it again."""
    with opened(small) as store:
        path = Images(store.root, store.ledger).put(URL, png("二"))
        store.ledger.forget_image(path)
    assert told(small) == [("stray", path)]
    with opened(small) as store:
        assert Images(store.root, store.ledger).put(URL, png("二")) == path
    assert told(small) == []


def test_a_post_that_names_a_picture_tells_the_ledger_of_it(small: Path) -> None:
    name = one_picture(small).relative_to(small).as_posix()
    with opened(small) as store:
        store.ledger.forget_image(name)
    assert ("stray", name) in told(small)
    assert f"stray: {name}: taken into the ledger" in "\n".join(mended(small))
    assert told(small) == []
    with opened(small) as store:
        assert Images(store.root, store.ledger).known(PICTURE) == name


def test_a_post_may_name_what_this_archive_never_had(small: Path) -> None:
    with opened(small) as store:
        path = Images(store.root, store.ledger).put(URL, JPG)
        end = with_images(f'<img src="{URL}" referrerpolicy="no-referrer">', {URL: path})
        store.put(an_article("kqtestz0000001", 1, None, end=end))
        store.ledger.forget_image(path)
        (store.root / path).unlink()
    assert told(small) == []
