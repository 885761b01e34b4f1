"""`scrapy <name>`: options in, calls out."""
