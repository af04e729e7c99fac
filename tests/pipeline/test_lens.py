"""The second half of step locate, on a real store with the real resolver."""

from datetime import UTC, datetime

from monitor.evidence import Statement
from monitor.lens import Lens
from monitor.origin import Resolver
from monitor.pipeline.lens import name, see
from monitor.pipeline.locate import Provenance, conclude, locate, weigh
from monitor.store import Store
from monitor.types import EU, Affiliation, Author, Body, Entry

NOW = datetime(2026, 7, 22, 12, tzinfo=UTC)
CENTRE = Body("Joint Research Centre", near=("Ispra",), rors=("04j5wtv36",))


def add(store: Store, uid: str, *affiliations: str) -> int:
    item = store.items.add(uid, "2026-07-20T08:00:00Z", "2026-W30")
    authors = tuple(Author(text, (Affiliation(text),)) for text in affiliations)
    store.items.update(item, Entry(uid, uid, authors=authors), names=[], content="c")
    return item


def countries(store: Store, item: int) -> list[str]:
    return [origin.country for origin in store.places.of(item)]


def test_bodies_are_seen_once_and_again_when_the_list_changes() -> None:
    with Store.memory() as store:
        joint = add(store, "doi:1", "Joint Research Centre, Ispra, Italy", "KTH, Stockholm, Sweden")
        plain = add(store, "doi:2", "University of Milan, Italy")
        assert see(store, Lens((CENTRE,))) == 0, "what is not located waits"
        locate(store, Resolver(), lambda: NOW)
        assert (see(store, Lens((CENTRE,))), see(store, Lens((CENTRE,)))) == (2, 0)
        assert (countries(store, joint), countries(store, plain)) == ([EU, "SE"], ["IT"])
        assert see(store, Lens(())) == 2
        assert countries(store, joint) == ["IT", "SE"]


def test_a_run_that_is_stopped_goes_on_the_next_time() -> None:
    with Store.memory() as store:
        item = add(store, "doi:1", "Joint Research Centre, Ispra, Italy")
        locate(store, Resolver(), lambda: NOW)
        assert see(store, Lens((CENTRE,)), stop=lambda: True) == 0
        assert countries(store, item) == ["IT"]
        assert see(store, Lens((CENTRE,))) == 1
        assert countries(store, item) == [EU]


def test_a_body_that_only_a_look_up_named_is_seen() -> None:
    with Store.memory() as store:
        item = add(store, "doi:1", "Somewhere", "KTH, Stockholm, Sweden")
        locate(store, Resolver(), lambda: NOW)
        assert see(store, Lens((CENTRE,))) == 1
        statement = Statement("affiliation", "Joint Research Centre, Ispra, Italy", 0)
        where = Provenance("crossref", "https://x.example", NOW)
        found = weigh(statement, where, store.items.authors(item), Resolver(), lambda ror: None)
        store.evidence.add(item, found)
        conclude(store, item, 2, Resolver().version)
        assert see(store, Lens((CENTRE,))) == 1
        assert countries(store, item) == [EU, "SE"]


def test_institutions_have_the_name_of_the_registry_else_that_of_the_list() -> None:
    names = {"https://ror.org/026vcq606": "KTH Royal Institute of Technology"}
    with Store.memory() as store:
        item = add(store, "doi:1", "Joint Research Centre, Ispra, Italy", "KTH, Stockholm, Sweden")
        store.evidence.add(
            item,
            weigh(
                Statement("affiliation", "KTH, Stockholm, Sweden", 1, "https://ror.org/026vcq606"),
                Provenance("crossref", "https://x.example", NOW),
                store.items.authors(item),
                Resolver(),
                lambda ror: None,
            ),
        )
        conclude(store, item, 2, Resolver().version)
        see(store, Lens((CENTRE,)))
        name(store, Lens((CENTRE,)), names.get)
        told = {origin.institution: origin.institution_name for origin in store.places.of(item)}
        assert told == {"https://ror.org/04j5wtv36": "Joint Research Centre", **names}
        name(store, Lens(()), {**names, "https://ror.org/026vcq606": "KTH"}.get)
        told = {origin.institution: origin.institution_name for origin in store.places.of(item)}
        assert told == {"https://ror.org/04j5wtv36": "Joint Research Centre", "https://ror.org/026vcq606": "KTH"}


def test_an_institution_that_nobody_knows_has_no_name() -> None:
    with Store.memory() as store:
        item = add(store, "doi:1", "KTH, Stockholm, Sweden")
        locate(store, Resolver(), lambda: NOW)
        name(store, Lens(()), lambda ror: None)
        assert [origin.institution_name for origin in store.places.of(item)] == [None]
