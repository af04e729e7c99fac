"""The sentences of a digest. Each is made of counts; none claims what was not counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from monitor.digest import words
from monitor.digest.around import Sentence
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
    found += f"; {digest.unjudged:,} not judged yet" if digest.unjudged else ""
    return f"Research abroad, {period(digest)}{' so far' if digest.running else ''}{_about(digest)}: {found}"


def _about(digest: Digest) -> str:
    """What tells the digests of somebody who has several apart: the one goal, the places."""
    goals = [words.plain(section.goal.name, 80) for section in digest.sections]
    about = " ".join([*(goals if len(goals) == 1 else []), *([_asked(digest, 2)] if digest.asked else [])])
    return f", {about}" if about else ""


def figures(digest: Digest, feeds: Sequence[FeedLine]) -> tuple[tuple[str, str, str], ...]:
    """Three numbers, each with its caption and the name of its query."""
    return (
        (f"{digest.selected:,}", "new work" if digest.selected == 1 else "new works", "selected"),
        (f"{digest.by_group.get('partner', 0):,}", _partner_caption(digest), "groups"),
        (f"{sum(feed.well for feed in feeds):,} of {len(feeds):,}", "feeds read well", "feeds"),
    )


def _partner_caption(digest: Digest) -> str:
    unknown = digest.by_group.get("unknown", 0)
    caption = "from partner nations"
    return f"{caption}; {words.share(unknown, digest.selected)} of unknown country" if unknown else caption


def headline(digest: Digest) -> tuple[Sentence, ...]:
    """What was found, where it comes from, and whether more is to come."""
    sentences = [Sentence(_found(digest), "goals" if digest.selected else "seen")]
    if digest.unjudged:
        sentences.append(Sentence(_unjudged(digest), "unjudged"))
    sentences += _selection(digest)
    if digest.selected:
        sentences.append(Sentence(_origins(digest), "groups"))
    if digest.asked and "unknown" not in digest.asked and digest.unknown:
        sentences.append(Sentence(_left_out(digest), "tagged"))
    if digest.context.repeated:
        again = words.counted(digest.context.repeated, "work")
        sentences.append(Sentence(f"{again} that former digests told {_is(digest.context.repeated)} left out."))
    if digest.running:
        sentences.append(
            Sentence(f"The {_span(digest)} is not over: this is what was known on {words.minute(digest.made_at)}.")
        )
    return tuple(sentences)


def _selection(digest: Digest) -> tuple[Sentence, ...]:
    """What this digest leaves out on purpose; nothing when it leaves out nothing."""
    rules = [f"only works {_asked(digest, len(digest.asked))}"] if digest.asked else []
    rules += [f"only goals with a probability of at least {digest.minimum:.2f}"] if digest.minimum else []
    return (Sentence(f"This digest shows {words.listed(rules)}."),) if rules else ()


def _asked(digest: Digest, most: int) -> str:
    """Where works are to be from: "from Portugal or partner nations"; more than `most` places are a number."""
    names = [_ASKED.get(name) or words.country(name) for name in digest.asked]
    return f"from {words.listed(names, 'or') if len(names) <= most else f'{len(names)} places'}"


_ASKED = {
    "home": "home",
    "partner": "partner nations",
    "ec": "the European Commission",
    "other": "other countries",
    "unknown": "an unknown country",
}


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _found(digest: Digest) -> str:
    seen = f"first seen in this {_span(digest)}"
    if not digest.seen:
        return f"No new works were {seen}."
    if not digest.tagged:
        found = f"{words.counted(digest.seen, 'work')} {'was' if digest.seen == 1 else 'were'} {seen}"
        if digest.unjudged >= digest.seen:
            return f"{found}."
        return f"{found}; none {'of those that were judged ' if digest.unjudged else ''}carries a goal."
    carry = "carries" if digest.tagged == 1 else "carry"
    found = f"{digest.tagged:,} of {words.counted(digest.seen, 'work')} {seen} {carry}"
    if digest.selected == digest.tagged:
        several = f"at least one of the {len(digest.sections)} goals"
        return f"{found} {'the goal' if len(digest.sections) == 1 else several}."
    fitting = f"{digest.selected:,} of them fit" if digest.selected > 1 else f"{digest.selected or 'none'} of them fits"
    return f"{found} a goal; {fitting} what this digest is asked for."


def _unjudged(digest: Digest) -> str:
    """What is not known, lest it be taken for a goal without works; the digests after this one tell late works."""
    number = digest.unjudged
    if number >= digest.seen:
        judged = "It is" if number == 1 else "None of them is"
        judged += " not judged yet" if number == 1 else " judged yet"
    else:
        judged = f"{number:,} of them {_is(number)} not judged yet"
    return f"{judged}: a later digest tells what carries a goal."


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
    several = " (a work counts wherever it has authors)" if sum(digest.by_group.values()) > digest.selected else ""
    return f"By country of origin{several}: {words.listed(known)}" + (f"; f{none}" if unknown else ".")


def partners(digest: Digest) -> tuple[Sentence, ...]:
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
    authors_work = f"Of the authors, each work weighing the same, {words.listed(told)}."
    return Sentence(f"{part}.", "groups"), Sentence(authors_work, "countries")


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


def completeness(feeds: Sequence[FeedLine]) -> Sentence:
    """Whether everything was looked at."""
    return Sentence(_completeness(feeds), "feeds")


def _completeness(feeds: Sequence[FeedLine]) -> str:
    ill = sum(not feed.well for feed in feeds)
    if not feeds:
        return "No feed was watched."
    if not ill:
        return f"All {len(feeds):,} feeds came back well." if len(feeds) > 1 else "The one feed came back well."
    return (
        f"{len(feeds) - ill:,} of {words.counted(len(feeds), 'feed')} came back well; "
        f"{ill:,} did not, so works may be missing here."
    )


def _span(digest: Digest) -> str:
    return "week" if _is_week(digest) else "time"


def _is_week(digest: Digest) -> bool:
    window = digest.window
    return window.until - window.since == timedelta(days=7) and week_of(window.since) == digest.week
