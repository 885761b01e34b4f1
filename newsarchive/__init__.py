"""newsarchive: a crawler and archiver of Sina Finance (新浪财经)."""

__version__ = "0.1.0"
