"""The site of `scrapy serve`: an archive as pages, to read only. Needs the extra `serve`."""
