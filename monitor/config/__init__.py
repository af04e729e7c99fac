"""feeds.yaml → `Config`: what is watched, what is sent and when.

`document` reads YAML into values with lines, `forms` says which keys and values there may be, `places` which
countries and institutions, `problems` words what is wrong, `partners` makes the lens, `affiliations` the routes, and
`loading` puts the nouns together; `editing` changes the file in place, and `proposals` says what may be added.
Source kinds, outputs, routes and goals are handed in by name, since this room does not know them.
"""

from monitor.config.loading import Kind, load
from monitor.config.settings import Affiliations, Config, RouteSettings, Schedule, Serve

__all__ = ["Affiliations", "Config", "Kind", "RouteSettings", "Schedule", "Serve", "load"]
