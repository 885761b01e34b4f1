"""What browsers save, replayed: the posts, their addresses, the folders beside them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from newsarchive.spiders import files
from tests.conftest import FIXTURES
from tests.running import ARTICLES, export, posts, replay
from tests.saves import complete, marked, mhtml, served, single_file

SAMPLES = {item.template: item for item in ARTICLES.values()}
SAMPLE = SAMPLES["T4"]
PAGE = served(SAMPLE.url)
OTHER = "https://finance.sina.com.cn/china/2021-08-06/doc-ikztesta000000{}.shtml"


def without_address(page: str) -> str:
    """A page that does not say what it is."""
    return re.sub(r"<meta [^>]*(?:og:url|publishid|sudameta)[^>]*>", "", page)


def test_all_saves_of_a_page_are_one_post(tmp_path: Path) -> None:
    text = PAGE.decode()
    saves = {
        "page.html": PAGE,
        "page.htm": marked(text, SAMPLE.url).encode(),
        "single_file.html": single_file(text, SAMPLE.url).encode(),
        "page.mhtml": mhtml(PAGE, SAMPLE.url),
        "page.mht": mhtml(PAGE, SAMPLE.url, charset="utf-8", transfer="base64"),
        "page.txt": mhtml(text.encode("gbk"), SAMPLE.url, charset="gbk"),
    }
    (tmp_path / "in").mkdir()
    for name, data in saves.items():
        (tmp_path / "in" / name).write_bytes(data)
    done = replay(tmp_path / "archive", tmp_path / "in")
    assert (done.code, done.err) == (0, "")
    assert done.report["archived"] == {"new": 1, "unchanged": len(saves) - 1}
    (row,) = export(tmp_path / "archive")
    assert (row["doc_id"], row["url"]) == (SAMPLE.doc_id, SAMPLE.url)


def test_every_template_comes_out_of_an_mhtml_file(tmp_path: Path) -> None:
    for kind, write in (("pages", lambda page, url: page), ("mhtml", mhtml)):
        (tmp_path / kind).mkdir()
        for name, item in SAMPLES.items():
            page = marked(served(item.url).decode("latin-1"), item.url).encode("latin-1")
            (tmp_path / kind / name).write_bytes(write(page, item.url))
        replay(tmp_path / f"{kind} archive", tmp_path / kind)
    assert len(posts(tmp_path / "pages archive")) == len(SAMPLES)
    assert posts(tmp_path / "mhtml archive") == posts(tmp_path / "pages archive")


def test_the_saver_is_believed_before_the_page_and_the_argument_before_both(
    tmp_path: Path,
) -> None:
    saves = {
        "page": (PAGE, SAMPLE.url),
        "comment": (marked(PAGE.decode(), OTHER.format(1)).encode(), OTHER.format(1)),
        "header": (
            mhtml(marked(PAGE.decode(), OTHER.format(2)).encode(), OTHER.format(3)),
            OTHER.format(3),
        ),
        "foreign": (mhtml(PAGE, "https://example.com/doc-ikztesta0000004.shtml"), SAMPLE.url),
        "silent": (
            mhtml(without_address(PAGE.decode()).encode(), OTHER.format(4)),
            OTHER.format(4),
        ),
    }
    for name, (data, url) in saves.items():
        path = tmp_path / name
        path.write_bytes(data)
        assert replay(tmp_path / f"{name} archive", path).code == 0
        assert [row["url"] for row in export(tmp_path / f"{name} archive")] == [url]
        told = replay(tmp_path / f"{name} told", path, "-a", f"url={OTHER.format(9)}")
        assert told.code == 0
        assert [row["url"] for row in export(tmp_path / f"{name} told")] == [OTHER.format(9)]


def test_a_complete_save_is_one_input(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for beside in ("page_files", "第 2 页.files", "x_文件", "alone_files", "post_files"):
        (folder / beside / "deep").mkdir(parents=True)
        (folder / beside / "deep" / "main.css").write_text("body { margin: 0 }")
        shutil.copy(FIXTURES / "pages" / "live_page" / "page.html", folder / beside)
    for name, beside in {"page.html": "page_files", "第 2 页.HTM": "第 2 页.files"}.items():
        (folder / name).write_text(complete(PAGE.decode(), SAMPLE.url, beside), "utf-8")
    (folder / "x.shtml").write_bytes(PAGE)
    shutil.copy(FIXTURES / "posts" / "plain.html", folder / "post.txt")
    done = replay(tmp_path / "archive", folder)
    missed = {Path(subject).relative_to(folder).parts[0] for subject in done.misses()}
    assert missed == {"alone_files", "post_files"}
    assert sum(done.report["archived"].values()) == 4
    inside = replay(tmp_path / "inside", folder / "page_files")
    assert inside.report["found"] == 2
    (post,) = [data for path, data in posts(tmp_path / "archive").items() if SAMPLE.doc_id in path]
    assert b"_files" not in post
    assert b".files" not in post


def test_pictures_that_the_saver_put_into_the_page(tmp_path: Path) -> None:
    picture = f"data:image/png;base64,{'A' * 300_000}"
    page = re.sub(
        r'(<img[^>]* src=")[^"]*', rf"\1{picture}", single_file(PAGE.decode(), SAMPLE.url)
    )
    (tmp_path / "page.html").write_text(page, "utf-8")
    archive = tmp_path / "archive"
    assert replay(archive, tmp_path / "page.html").report["archived"] == {"new": 1}
    (row,) = export(archive)
    assert row["headimg"] is None
    assert picture in row["body_html"]
    assert replay(tmp_path / "again", archive).report["archived"] == {"new": 1}
    assert posts(tmp_path / "again") == posts(archive)


def test_an_mhtml_file_may_be_larger_than_a_page(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, size in (("fits", files.LARGEST + 1), ("large", files.LARGEST_MHTML + 1)):
        (folder / name).write_bytes(mhtml(PAGE, SAMPLE.url))
        with (folder / name).open("r+b") as file:
            file.truncate(size)
    done = replay(tmp_path / "archive", folder)
    assert (done.code, done.misses()) == (1, {str(folder / "large"): "too_large"})
    assert len(posts(tmp_path / "archive")) == 1


@pytest.mark.parametrize(
    ("cut", "reason"), [(100, "unknown_format"), (5_000, "truncated"), (-1_000, "")]
)
def test_an_mhtml_file_that_breaks_off(tmp_path: Path, cut: int, reason: str) -> None:
    large = mhtml(PAGE, SAMPLE.url) + b"\r\n" * 1_000
    (tmp_path / "page.mhtml").write_bytes(large[:cut])
    done = replay(tmp_path / "archive", tmp_path / "page.mhtml")
    assert [*done.misses().values()] == [reason] * bool(reason)
    assert done.err.count("\n") == bool(reason)
