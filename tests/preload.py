"""Imports what a run imports: `tests/forkserver.py` does this once."""

from importlib import import_module

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

# What is looked for by name, or late. Not twisted.internet.reactor: to import it is to choose one.
for _name in (
    "encodings.cp1252 encodings.utf_8_sig feedgen.feed multiprocessing.synchronize "
    "scrapy.cmdline scrapy.downloadermiddlewares.httpauth scrapy.dupefilters "
    "scrapy.extensions.logstats scrapy.pqueues scrapy.spidermiddlewares.depth "
    "scrapy.spidermiddlewares.metacopy scrapy.spidermiddlewares.urllength scrapy.squeues "
    "scrapy.statscollectors text_unidecode"
).split():
    import_module(_name)
