"""Every setting, with its reason. What is not here is Scrapy's default."""

from typing import Any

from newsarchive import __version__

BOT_NAME = "newsarchive"
SPIDER_MODULES = ["newsarchive.spiders"]
COMMANDS_MODULE = "newsarchive.commands"

# The archive

#: Where everything goes: posts, revisions, ledger, reports.
ARCHIVE_DIR = "output"
#: The ledger as a SQLAlchemy URL; empty: SQLite, ledger.db in ARCHIVE_DIR.
LEDGER_URL = ""
#: How many runs try a link that fails for a passing reason.
LINK_ATTEMPTS_MAX = 5
#: How many refusals (403, verification page) end a run with exit code 4.
BLOCKS_MAX = 3
#: Rows that a list is asked for at once; 50 is the most that was seen to work.
LIST_PAGE_SIZE = 50
#: How many pages of a list one run reads while they bring something new.
LIST_PAGES_MAX = 5
#: A progress bar, where standard error is a terminal.
PROGRESS_ENABLED = True

# Politeness: we say who we are, obey robots.txt, and ask once a second.

USER_AGENT = f"newsarchive/{__version__} (news archiver; obeys robots.txt)"
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "newsarchive"
DOWNLOAD_DELAY = 1.0
CONCURRENT_REQUESTS_PER_DOMAIN = 1
RETRY_TIMES = 2
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",
}

# Safety: a live crawl speaks http and https, checks certificates, and stays small.

DOWNLOAD_HANDLERS: dict[str, Any] = {"data": None, "file": None, "ftp": None, "s3": None}
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024  # bytes; the largest real page is 0.3 MB
DOWNLOAD_WARNSIZE = 8 * 1024 * 1024
DOWNLOAD_TIMEOUT = 30  # seconds
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False  # the missing page refreshes to the home page
COOKIES_ENABLED = False  # no article needs one, and tldextract would call out for them
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# The way of an article

ITEM_PIPELINES = {
    "newsarchive.pipelines.validate.ValidatePipeline": 100,
    "newsarchive.pipelines.body.BodyPipeline": 200,
    "newsarchive.pipelines.describe.DescribePipeline": 300,
    "newsarchive.pipelines.store.StorePipeline": 900,
}
EXTENSIONS = {
    "newsarchive.extensions.run.Run": 0,
    "newsarchive.extensions.progress.Progress": 500,
    "scrapy.extensions.logstats.LogStats": None,  # the run's summary and report say it
}
#: The ledger knows each document once; a second memory of URLs would only grow.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
#: One store, one order: articles go through the stages one after another.
CONCURRENT_ITEMS = 8
WARN_ON_GENERATOR_RETURN_VALUE = False  # a check for beginners; 11 % of a crawl's CPU

# Telling

#: What went wrong, nothing else: cron stays quiet. `-L INFO` tells more.
LOG_LEVEL = "WARNING"
LOG_FORMATTER = "newsarchive.log.OneLine"
STATS_DUMP = False  # the report under reports/ has what matters
