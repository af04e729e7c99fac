"""How to read a digest: its terms, its model, its thresholds, and what it does not know."""

from __future__ import annotations

from monitor.digest import words
from monitor.digest.rank import TOP
from monitor.types import Digest


def explanations(digest: Digest) -> tuple[tuple[str, str], ...]:
    """Term and explanation, for a reader who sees a digest for the first time."""
    models = words.listed([words.plain(model, 80) for model in digest.models])
    unknown = (
        f"The record does not say, and nothing was guessed. This is so for {digest.unknown:,} of "
        f"{words.counted(digest.tagged, 'work')} with a goal ({words.share(digest.unknown, digest.tagged)})."
    )
    return (
        (
            "Probability",
            "How sure the model is that a work bears on the goal: of the papers it was tried on, about 80 in 100 of "
            "those at 0.80 did. Goals are rarer in a week's stream than among those, so expect fewer. It is called "
            "virtually certain from 0.99 on, very likely from 0.90, likely from 0.66, about as likely as not from "
            "0.33.",
        ),
        ("Order", _order(digest)),
        *_moved(digest),
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


def _order(digest: Digest) -> str:
    """What decides the order, with the numbers of feeds.yaml."""
    ranking = digest.context.ranking
    said = (
        "Works of a goal stand by their score: the probability, "
        f"plus {ranking.novelty:g} × novelty, plus {ranking.partner:g} where a partner nation has a part, "
        f"plus {ranking.source:g} × (weight of the feed − 1). Novelty is the part of the week's works that are "
        f"nearer to something of the 12 weeks before: 1 is the newest. Of the first {TOP} at most {ranking.per_feed} "
        f"come from one feed and {ranking.per_author} from one first author, while there are others. "
    )
    weights = ", ".join(f"{words.plain(feed, 64)} {weight:g}" for feed, weight in sorted(ranking.sources.items()))
    return said + (f"Feeds weigh 1 but for {weights}." if weights else "All feeds weigh 1.")


def _moved(digest: Digest) -> tuple[tuple[str, str], ...]:
    if not digest.context.weeks:
        return ()
    text = (
        "More or fewer works than usual means two standard deviations or more from the mean of the weeks before. Every "
        "work of the goal counts, whatever this digest selects."
    )
    return (("Usual", text),)
