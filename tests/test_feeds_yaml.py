"""The feeds.yaml that comes with the program: what `monitor init` writes, and what most people start from."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from monitor import config, outputs, routes, sources
from monitor.config.proposals import watches
from monitor.lens import Lens
from monitor.types import Affiliation

GOALS = {"screening", "cyber", "decision", "responder", "resilience"}
FLAGSHIPS = {
    *("conf/sp", "conf/uss", "conf/ccs", "conf/ndss", "conf/eurosp", "conf/raid", "conf/acsac", "conf/esorics"),
    *("journals/popets", "conf/crypto", "conf/eurocrypt", "conf/icb", "conf/biosig", "conf/fgr"),
    *("conf/ieeesensors", "conf/ssrr", "conf/wsc"),
}
"""Conferences by their keys in dblp."""
PARTNERS = {"AU", "CA", "DE", "ES", "FR", "GB", "IL", "MX", "NL", "NZ", "SE", "SG"}


@pytest.fixture(scope="module")
def shipped() -> config.Config:
    path = Path(__file__).parents[1] / "feeds.yaml"
    return config.load(
        path,
        kinds=sources.kinds(),
        kind=sources.load,
        outputs=outputs.kinds(),
        env={},
        goals=lambda model: sorted(GOALS),
        routes={name: routes.load(name) for name in routes.kinds()},
    )


def test_enabled_feeds_cover_every_goal(shipped):
    enabled = [feed for feed in shipped.feeds if feed.enabled]
    for goal in GOALS:
        kinds = Counter(feed.kind for feed in enabled if goal in feed.goals)
        assert kinds["oai"] + kinds["arxiv"] >= 3, goal
        assert kinds["crossref"] + kinds["feed"] + kinds["pubmed"] >= 10, goal
        assert kinds["openalex"] >= 2, goal
        assert kinds["dblp"] + kinds["feed"] >= 1, goal


@pytest.mark.parametrize("stream", sorted(FLAGSHIPS))
def test_the_flagship_conferences_are_watched(shipped, stream):
    assert [feed.name for feed in shipped.feeds if feed.options.get("stream") == stream and feed.enabled]


def test_nothing_is_watched_twice(shipped):
    watched = Counter(watches(feed) for feed in shipped.feeds)
    assert [place for place, times in watched.items() if times > 1] == []
    numbers = Counter(issn for feed in shipped.feeds for issn in feed.options.get("issn") or ())
    assert [issn for issn, times in numbers.items() if times > 1] == []
    venues = Counter(name.casefold() for feed in shipped.feeds if isinstance(name := feed.options.get("venue"), str))
    assert [venue for venue, times in venues.items() if times > 1] == []


def test_every_issn_has_its_check_digit(shipped):
    """ISO 3297: the digits weigh 8 to 1, X is ten, and the sum is a multiple of eleven."""
    for feed in shipped.feeds:
        for issn in feed.options.get("issn") or ():
            digits = [10 if sign == "X" else int(sign) for sign in issn.replace("-", "")]
            total = sum(digit * weight for digit, weight in zip(digits, range(8, 0, -1), strict=True))
            assert total % 11 == 0, f"{feed.name}: {issn}"


def test_what_is_asked_about_partner_nations_is_asked_about_all(shipped):
    asked = [set(feed.options["country"]) for feed in shipped.feeds if feed.options.get("country")]
    assert asked
    assert asked == [PARTNERS | {"KR"}] * len(asked)


def test_every_feed_says_why(shipped):
    assert [feed.name for feed in shipped.feeds if not (feed.why and feed.goals)] == []


def test_nothing_is_asked_too_often(shipped):
    assert min(feed.every for feed in shipped.feeds) >= timedelta(hours=12)
    assert [feed.name for feed in shipped.feeds if feed.pace < sources.load(feed.kind).PACE] == []


def test_everything_is_fetched_over_tls_from_public_hosts(shipped):
    assert [feed.name for feed in shipped.feeds if not feed.url.startswith("https://") or feed.allow_private] == []


def test_every_route_is_on_within_the_terms_of_its_provider(shipped):
    wanted = shipped.affiliations
    assert {r.name for r in wanted.routes} == set(routes.kinds())
    assert [r.name for r in wanted.routes][:2] == ["arxiv-html", "arxiv-pdf"], "the cheaper one is asked first"
    assert not wanted.everything
    assert [
        r.name for r in wanted.routes if r.pace < routes.load(r.name).PACE or not r.url.startswith("https://")
    ] == []
    assert [r.name for r in wanted.routes if "OPENALEX_API_KEY" in r.idle] == ["openalex"]


def test_the_partner_nations_and_their_dates(shipped):
    partners = shipped.partners
    assert {n.country for n in partners.nations if n.since == date(2016, 1, 1)} == PARTNERS
    assert [n.country for n in partners.nations if n.since > date(2016, 1, 1)] == ["KR"]
    assert partners.group("KR", date(2020, 12, 31)) == "other"
    assert partners.group("KR", date(2021, 1, 1)) == "partner"
    assert partners.group("US", date(2026, 1, 1)) == "home"
    assert partners.group("EU", date(2015, 12, 31)) == "other"
    assert partners.group("EU", date(2016, 1, 1)) == "ec"


@pytest.mark.parametrize(
    ("affiliation", "body"),
    [
        ("European Commission, Joint Research Centre (JRC), Ispra, Italy", "Joint Research Centre"),
        ("Joint Research Centre, 21027 Ispra (VA), Italy", "Joint Research Centre"),
        ("1European Commission – DG Research and Innovation, Brussels, Belgium", "European Commission"),
        ("THE EUROPEAN MEDICINES AGENCY, AMSTERDAM", "European Medicines Agency"),
        ("Data team, Frontex, Warsaw, Poland", "European Border and Coast Guard Agency"),
        ("Kommunikation, Europäische Kommission, Brüssel", "European Commission"),
        ("Bone and Joint Research Center, Chang Gung Memorial Hospital, Taoyuan, Taiwan", None),
        ("Joint Research Centre in AI, Invented University, Cardiff, UK", None),
        ("Department for Exiting the European Union, London, UK", None),
        ("European Space Agency, Noordwijk, Netherlands", None),
        ("CERN, Geneva, Switzerland", None),
        ("University of Brussels, Belgium", None),
    ],
)
def test_bodies_of_the_union_are_told_from_their_neighbours(shipped, affiliation, body):
    sighting = Lens(shipped.partners.bodies).body(Affiliation(affiliation))
    assert (sighting.body.name if sighting else None) == body


def test_the_digest_is_filed_and_nothing_is_mailed(shipped):
    assert shipped.subscribers == ()
    assert shipped.mail is None
