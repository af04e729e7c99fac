"""The sentences of a digest. Each is made of counts; none claims what was not counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from monitor.digest import words
from monitor.digest.coverage import FeedLine
from monitor.digest.weeks import week_of
from monitor.types import Digest


def period(digest: Digest) -> str:
    """What the digest is of: "week 2026-W30", or the days of any other window."""
    return f"week {digest.week}" if _is_week(digest) else words.span(digest.window)


def subject(digest: Digest, feeds: Sequence[FeedLine]) -> str:
    """The line by which the digest is recognised in an inbox."""
    ill = sum(not feed.well for feed in feeds)
    if digest.selected:
        partner = digest.by_group.get("partner", 0)
        unknown = digest.by_group.get("unknown", 0)
        found = f"{words.counted(digest.selected, 'new work')}, {partner or 'none'} from partner nations"
        found += f", {unknown:,} of unknown country" if unknown else ""
    else:
        found = f"no new works; {ill} of {words.counted(len(feeds), 'feed')} not read well" if ill else "no new works"
    return f"Research abroad, {period(digest)}{' so far' if digest.running else ''}: {found}"


def figures(digest: Digest, feeds: Sequence[FeedLine]) -> tuple[tuple[str, str], ...]:
    """Three numbers, each with its caption."""
    return (
        (f"{digest.selected:,}", "new work" if digest.selected == 1 else "new works"),
        (f"{digest.by_group.get('partner', 0):,}", _partner_caption(digest)),
        (f"{sum(feed.well for feed in feeds):,} of {len(feeds):,}", "feeds read well"),
    )


def _partner_caption(digest: Digest) -> str:
    unknown = digest.by_group.get("unknown", 0)
    caption = "from partner nations"
    return f"{caption}; {words.share(unknown, digest.selected)} of unknown country" if unknown else caption


def headline(digest: Digest) -> tuple[str, ...]:
    """What was found, where it comes from, and whether more is to come."""
    sentences = [_found(digest)]
    if digest.selected:
        sentences.append(_origins(digest))
    if digest.asked and "unknown" not in digest.asked and digest.unknown:
        sentences.append(_left_out(digest))
    if digest.running:
        sentences.append(f"The {_span(digest)} is not over: this is what was known on {words.minute(digest.made_at)}.")
    return tuple(sentences)


def _found(digest: Digest) -> str:
    seen = f"first seen in this {_span(digest)}"
    if not digest.seen:
        return f"No new works were {seen}."
    if not digest.tagged:
        return (
            f"{words.counted(digest.seen, 'work')} {'was' if digest.seen == 1 else 'were'} {seen}; none carries a goal."
        )
    carry = "carries" if digest.tagged == 1 else "carry"
    found = f"{digest.tagged:,} of {words.counted(digest.seen, 'work')} {seen} {carry}"
    if digest.selected == digest.tagged:
        several = f"at least one of the {len(digest.sections)} goals"
        return f"{found} {'the goal' if len(digest.sections) == 1 else several}."
    fitting = f"{digest.selected:,} of them fit" if digest.selected > 1 else f"{digest.selected or 'none'} of them fits"
    return f"{found} a goal; {fitting} what this digest is asked for."


def _origins(digest: Digest) -> str:
    home = next((words.country(code) for code, group in digest.groups.items() if group == "home"), "")
    places = {
        "partner": "in partner nations",
        "home": f"at home ({home})",
        "ec": "in bodies of the European Union",
        "other": "in other countries",
    }
    known = [f"{digest.by_group[group]:,} {place}" for group, place in places.items() if digest.by_group.get(group)]
    unknown = digest.by_group.get("unknown", 0)
    none = f"or {unknown:,} of them ({words.share(unknown, digest.selected)}) no country is known."
    if not known:
        return f"F{none}"
    return f"By country of origin: {words.listed(known)}" + (f"; f{none}" if unknown else ".")


def partners(digest: Digest) -> tuple[str, ...]:
    """What part partner nations have, and how the authors are spread, the unknown among them."""
    if not digest.shares_of_all or not digest.selected:
        return ()
    together = digest.collaborations.get("home-partner", 0)
    partner = digest.by_group.get("partner", 0)
    part = f"Partner nations have a part in {partner or 'none'} of {words.counted(digest.selected, 'work')}"
    if partner:
        part += f" ({words.share(partner, digest.selected)}), {together or 'none'} of them together with home"
    authors = digest.shares_of_all.authors
    told = [
        f"{words.percent(authors[group])} work {place}"
        for group, place in _WHERE.items()
        if authors[group] or group == "unknown"
    ]
    return f"{part}.", f"Of the authors, each work weighing the same, {words.listed(told)}."


def _left_out(digest: Digest) -> str:
    """What a selection by country cannot know."""
    part = words.share(digest.unknown, digest.tagged)
    return (
        f"No country is known for {digest.unknown:,} of {words.counted(digest.tagged, 'work')} with a goal ({part}); "
        "those that belong here are missing."
    )


_WHERE = {
    "partner": "in partner nations",
    "home": "at home",
    "ec": "in bodies of the European Union",
    "other": "in other countries",
    "unknown": "where no record tells",
}


def pairs(digest: Digest, most: int = 6) -> str:
    """Which places are together in more than one work, the most frequent first."""
    often = [
        f"{words.country(pair.one)} and {words.country(pair.other)} ({pair.works:,})"
        for pair in digest.pairs
        if pair.works > 1
    ]
    if not often:
        return "No two countries are together in more than one work."
    return f"Most works together: {'; '.join(often[:most])}."


def kind(name: str) -> str:
    """A kind of collaboration in plain words."""
    return _KINDS[name]


_KINDS = {
    "home-partner": "Home with partner nations",
    "home-ec": "Home with EU bodies",
    "home-other": "Home with other countries only",
    "partner-partner": "Partner nations with each other",
    "partner-ec": "A partner nation with EU bodies",
    "partner-other": "A partner nation with other countries",
    "ec-other": "EU bodies with other countries",
    "other-other": "Other countries with each other",
    "domestic": "Home alone",
    "single-country": "One country abroad, or EU bodies, alone",
    "unknown": "Country unknown",
}


def completeness(feeds: Sequence[FeedLine]) -> str:
    """Whether everything was looked at."""
    ill = sum(not feed.well for feed in feeds)
    if not feeds:
        return "No feed was watched."
    if not ill:
        return f"All {len(feeds):,} feeds came back well." if len(feeds) > 1 else "The one feed came back well."
    return (
        f"{len(feeds) - ill:,} of {words.counted(len(feeds), 'feed')} came back well; "
        f"{ill:,} did not, so works may be missing here."
    )


def explanations(digest: Digest) -> tuple[tuple[str, str], ...]:
    """Term and explanation, for a reader who sees a digest for the first time."""
    models = words.listed([words.plain(model, 80) for model in digest.models])
    unknown = (
        f"The record does not say, and nothing was guessed. This is so for {digest.unknown:,} of "
        f"{words.counted(digest.tagged, 'work')} with a goal ({words.share(digest.unknown, digest.tagged)})."
    )
    return (
        *_selection(digest),
        (
            "Probability",
            "How sure the model is that a work bears on the goal: of the papers it was tried on, about 80 in 100 of "
            "those at 0.80 did. Goals are rarer in a week's stream than among those, so expect fewer. It is called "
            "virtually certain from 0.99 on, very likely from 0.90, likely from 0.66, about as likely as not from "
            "0.33.",
        ),
        ("Because", "Phrases of the work's own title or abstract that carried the decision."),
        (
            "Country of origin",
            "Where the authors work, by the affiliations in the record; it says nothing about nationality. A work "
            "counts once for each of its countries and groups, so that these figures may add up to more than the "
            'number of works. After each country stands what told it: "named" where an affiliation names it, else the '
            "words and what they are; then an institution, where one is certain.",
        ),
        ("Partner", "A nation with which research is shared by agreement on the day the work was published."),
        (
            "EU bodies",
            "The European Commission, its Joint Research Centre and EU agencies, apart from their host country.",
        ),
        ("Share of authors", "Each of n authors is 1/n of a work; those whose country is unknown count too."),
        *([("Country unknown", unknown)] if digest.tagged else []),
        *([("Model", f"Goals were assigned by {models}; a work below every threshold gets none.")] if models else []),
    )


def _selection(digest: Digest) -> tuple[tuple[str, str], ...]:
    """What this digest leaves out on purpose; nothing when it leaves out nothing."""
    rules = []
    if digest.asked:
        rules.append(f"only works from {words.listed([_asked(name) for name in digest.asked], 'or')}")
    if digest.minimum:
        rules.append(f"only goals with a probability of at least {digest.minimum:.2f}")
    return (("This selection", f"This digest shows {words.listed(rules)}."),) if rules else ()


def _asked(name: str) -> str:
    groups = {
        "home": "home",
        "partner": "partner nations",
        "ec": "the European Commission",
        "other": "other countries",
        "unknown": "an unknown country",
    }
    return groups.get(name) or words.country(name)


def _span(digest: Digest) -> str:
    return "week" if _is_week(digest) else "time"


def _is_week(digest: Digest) -> bool:
    window = digest.window
    return window.until - window.since == timedelta(days=7) and week_of(window.since) == digest.week
