"""What is known without a registry: `known.tsv`, a short list by hand of towns, well-known bodies and legal forms."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

from monitor.origin.evidence import ACRONYM, COMPANY, COMPANY_WEIGHT, NAME, TOWN, WORD, Entry
from monitor.origin.text import fold
from monitor.origin.tokens import key

WEIGHTS = {TOWN: 2.0, ACRONYM: 2.2, NAME: 2.6, COMPANY: COMPANY_WEIGHT, WORD: 0.6}


def entries() -> Iterator[tuple[str, Entry]]:
    """Canonical name and what it says, in the order of the list."""
    text = resources.files(__package__).joinpath("known.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            kind, country, names = line.split("\t")
            for name in names.split("|"):
                yield key(fold(name)), (NAME if kind == COMPANY else kind, ((country, WEIGHTS[kind]),))
