"""Imports what a run imports: `tests/fork.py` lets its server do this once."""

from scrapy.utils.misc import load_object, walk_modules_iter
from scrapy.utils.project import get_project_settings

_settings = get_project_settings()
for _package in (
    "scrapy.commands",
    *(
        f"newsarchive.{room}"
        for room in (
            "archive commands demo extensions middlewares pipelines post sina spiders".split()
        )
    ),
):
    list(walk_modules_iter(_package))
for _setting in ("EXTENSIONS", "DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES"):
    for _name, _order in (
        _settings.getdict(f"{_setting}_BASE") | _settings.getdict(_setting)
    ).items():
        if _order is not None:
            load_object(_name)
