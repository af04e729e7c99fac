"""feeds.yaml → `Config`: what is watched, what is sent and when.

`document` reads YAML into values with lines, `forms` says which keys and values there may be, `places` which
countries and institutions, `problems` words what is wrong, `partners` makes the lens, and `loading` puts the nouns
together. Source kinds, outputs and goals are handed in by name, since this room does not know them.
"""

from monitor.config.loading import Kind, load
from monitor.config.settings import Config, Schedule

__all__ = ["Config", "Kind", "Schedule", "load"]
