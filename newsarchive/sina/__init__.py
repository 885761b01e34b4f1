"""What Sina's answers say: text in, values out; no I/O, no Scrapy."""
