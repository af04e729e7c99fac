"""The analysts' pages: Datasette with pages of our own, read-only but for what reviewers decide.

`headers` is the outermost layer, `server` Datasette, `plugin` the way from its requests to `pages` and back, `people`
says who is who. Pages ask the store through `Site`, in threads, and templates set what they find; charts are SVG made
here (`svg`). Import `monitor.web.server` to serve; nothing of Datasette is loaded before.
"""
