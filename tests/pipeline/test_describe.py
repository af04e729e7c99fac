from __future__ import annotations

from datetime import timedelta

from monitor.pipeline import link
from monitor.pipeline.describe import describe
from monitor.store import Store
from monitor.types import Affiliation, Author, Entry, Feed, moment

SEEN = moment("2026-07-20T08:00:00Z")
RAW = Entry(
    "1",
    r"Fr\'echet bounds of $\alpha$-mixing risk for $a<b$ & c",
    r"We show that $x \leq 10^{-3}$ of CO$_2$ in 30% of the cases with the methods that are known.",
    authors=(Author(r"Paul Erd\H{o}s", (Affiliation(r"Universit\'e de Li\`ege"),)), Author("Bo Ek")),
    venue=r"J. H{\"o}here Math.",
    comment=r"5~pages, 3 figures",
    language="fr",
)


def test_a_work_is_described_in_readable_words() -> None:
    work = describe(RAW)
    assert work.title == "Fréchet bounds of α-mixing risk for a<b & c"
    assert work.abstract.startswith("We show that x ≤ 10⁻³ of CO2 in 30% of the cases")
    assert work.authors == (Author("Paul Erdős", (Affiliation("Université de Liège"),)), Author("Bo Ek"))
    assert (work.venue, work.comment) == ("J. Höhere Math.", "5 pages, 3 figures")


def test_readers_and_searches_find_the_words_and_the_record_keeps_its_own() -> None:
    with Store.memory() as store:
        store.ledger.register([Feed("f", "feed", "https://x.example", timedelta(hours=6), 1.0)], SEEN)
        store.entries.keep("f", [RAW], SEEN)
        link(store, lambda: SEEN)
        for words in ("Fréchet", "CO2", "α", '"a<b & c"'):
            sql = "SELECT count(*) FROM items_fts WHERE items_fts MATCH ?"
            assert store.connection.value(sql, (words,)) == 1, words
        [record] = store.entries.of_item(1)
        assert record.entry == RAW
        assert store.connection.value("SELECT language FROM items") == "en"
        store.entries.keep("f", [RAW], SEEN)
        assert link(store, lambda: SEEN) == 0, "the same record is no change"


def test_the_language_is_that_of_the_words_and_where_they_do_not_tell_that_of_the_record() -> None:
    assert describe(RAW).language == "en"
    assert describe(Entry("1", "On bread", language="fr")).language == "fr"
    assert describe(Entry("1", "On bread")).language is None
