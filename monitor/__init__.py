"""Research monitor: scans the scientific literature, tags it by goal and country, and files a weekly digest."""

__version__ = "0.1.0"
