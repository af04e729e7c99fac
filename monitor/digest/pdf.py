"""The filed page of a digest as a tagged PDF, by WeasyPrint (extra `pdf`)."""

from __future__ import annotations

import re
from hashlib import sha256

from monitor.errors import ConfigError

MISSING = (
    "PDF needs WeasyPrint and Debian's libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0: "
    "pip install 'research-monitor[pdf]'"
)

_STYLE = """
@page { size: A4; margin: 18mm 20mm }
@page { @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif } }
:root { color-scheme: light }
body, .sheet { background: none !important; max-width: none !important; box-shadow: none !important }
h2, h3 { break-after: avoid } figure, tr { break-inside: avoid }
"""

_DARK = re.compile(r"; (fill|stroke): light-dark\([^)]*\)")


def available() -> bool:
    """Whether PDF can be made here."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):  # OSError: a library of the system is missing
        return False
    return True


def pdf(page: bytes) -> bytes:
    """The HTML `page` as PDF/UA. Nothing is loaded: neither from the web nor from files.

    Raises ConfigError when WeasyPrint is missing.
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise ConfigError(MISSING) from error
    nothing = URLFetcher(allowed_protocols=(), allow_redirects=False)
    document = HTML(string=_DARK.sub("", page.decode()), url_fetcher=nothing, media_type="print")
    identifier = sha256(page).digest()[:16]
    return bytes(
        document.write_pdf(stylesheets=[CSS(string=_STYLE)], pdf_variant="pdf/ua-1", pdf_identifier=identifier) or b""
    )
