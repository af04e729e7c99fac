"""Reviewers say what works carry, where they come from, and what was of use: from the queue, a work's page, a link."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from monitor.countries import is_place
from monitor.evidence import Evidence, Verdict
from monitor.review import Queued
from monitor.store import Store
from monitor.store.decisions import Reviewer
from monitor.types import Item
from monitor.web.asked import Answer, Asked, PageError, onward
from monitor.web.asking import address
from monitor.web.pages.item import RANKS, STATES, GoalState, goal_states, in_order, path_of, verdict_of
from monitor.web.site import Site

ANSWERS: Mapping[str, bool] = {"yes": True, "no": False}
WAYS = frozenset({"queue", "item"})
LONGEST_NOTE = 500
RECENT, MOST_QUEUED, MOST_EVIDENCE = 30, 10, 6

Act = Callable[[Store, int, Reviewer], object]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A work of the queue, as the page shows it."""

    work: Item
    reasons: tuple[str, ...]
    goals: Sequence[GoalState]
    useful: bool | None
    """What the reviewer said of its use before."""
    countries: Mapping[str, float]
    """Country → share of the authors."""
    origin: str
    """How its countries stand, in a sentence."""
    evidence: Sequence[Evidence]
    """What tells its countries, or fails to; where strong evidence disagrees, what is told of these authors."""
    placing: bool
    """Whether its countries are in question."""
    judging: bool
    """Whether its goals are."""


async def review(site: Site, asked: Asked) -> Answer:
    """`/review`: the queue of who is signed in, what they decided last, and on what reviewers disagree."""
    if asked.reviewer is None:
        return Answer(to="/sign-in?next=/review")
    name, goal, countries = asked.reviewer, asked.one("goal"), asked.one("countries") == "yes"
    goal = goal if goal in site.names and not countries else ""

    def ask(store: Store) -> dict[str, object]:
        queued = site.queue(store, name, MOST_QUEUED, () if countries else [goal] if goal else None)
        return {
            "queue": [one for found in queued for one in _waiting(store, site, found, name)],
            "disagreements": store.decisions.disagreements(RECENT),
            "decisions": store.decisions.recent(RECENT, name),
        }

    values = await site.read(ask)
    after = address("/review", saved="1", goal=goal, countries="yes" if countries else "")
    asking = {"names": site.names, "goal": goal, "countries": countries, "after": after}
    return Answer("review.html", {**values, **asking, "ranks": RANKS, "saved": asked.one("saved")})


async def decide(site: Site, asked: Asked) -> Answer:
    """`/review/decide`, by POST: one decision about one work, in the name of who is signed in."""
    reviewer = signed_in(asked)
    form = asked.form
    through = form.get("through", "item")
    by = Reviewer(reviewer, asked.now, through if through in WAYS else "item", form.get("note", "")[:LONGEST_NOTE])
    uid = form.get("uid", "")
    act = action(form, site)
    if not await site.write(partial(_act, uid=uid, act=act, by=by)):
        raise PageError(404, f"There is no work {uid[:200]!r} any more; it may have turned out to be another one.")
    return Answer(to=onward(form.get("next") or path_of(uid)))


async def undo(site: Site, asked: Asked) -> Answer:
    """`/review/undo`, by POST: takes a decision of one's own back."""
    by = Reviewer(signed_in(asked), asked.now, "item")
    number = asked.form.get("decision", "")
    if not number.isdecimal() or len(number) > 15:
        raise PageError(400, "Which decision is to be taken back is missing.")
    if not await site.write(lambda store: store.decisions.undo(int(number), by)):
        raise PageError(403, "Only who made a decision can take it back, and only once.")
    return Answer(to=onward(asked.form.get("next") or "/review"))


def signed_in(asked: Asked) -> str:
    """Who is signed in; raises PageError (403) when nobody is."""
    if asked.reviewer is None:
        raise PageError(403, "Sign in as a reviewer first.")
    return asked.reviewer


def action(form: Mapping[str, str], site: Site) -> Act:
    """What a form wants done; raises PageError (400) when it does not say."""
    kind = form.get("what")
    if kind == "goals":
        goals = {slug: ANSWERS[said] for slug in site.names if (said := form.get(f"goal-{slug}", "")) in ANSWERS}
        if goals:
            return lambda store, item, by: store.decisions.judge(item, goals, by)
    if kind == "usefulness" and form.get("useful") in ANSWERS:
        useful = ANSWERS[form["useful"]]
        return lambda store, item, by: store.decisions.rate(item, useful, by)
    if kind == "origin":
        countries = _countries(form.get("countries", ""))
        return lambda store, item, by: store.decisions.place(item, countries, by)
    raise PageError(400, "The form says nothing: choose yes or no for a goal, or say whether the work was of use.")


def _countries(text: str) -> tuple[str, ...]:
    """Codes in a line of text; none at all means that the work does not tell."""
    codes = tuple(dict.fromkeys(text.upper().replace(",", " ").split()))
    for code in codes:
        if not is_place(code):
            what = f"{code[:20]!r} is not a country"
            raise PageError(400, f"{what}; write codes of two letters, such as GB, DE, or EU for bodies of the Union.")
    return codes


def _waiting(store: Store, site: Site, found: Queued, reviewer: str) -> Iterator[Waiting]:
    for work in store.items.get([found.item_id]):
        evidence = store.evidence.current(work.id)
        verdict = verdict_of(store, work, evidence)
        yield Waiting(
            work,
            found.reasons,
            goal_states(site.names, store.findings.tags(work.id), store.decisions.of(work.id)),
            store.decisions.usefulness(work.id).get(reviewer),
            verdict.fractional,
            STATES[verdict.state] if store.evidence.is_located(work.id) else "Not located yet.",
            _telling(evidence, verdict)[:MOST_EVIDENCE],
            found.placing,
            found.goal is not None or not found.placing,
        )


def _telling(evidence: Sequence[Evidence], verdict: Verdict) -> list[Evidence]:
    disputed = {conflict.statement.author for conflict in verdict.conflicts}
    return in_order([e for e in evidence if not disputed or e.statement.author in disputed])


def _act(store: Store, uid: str, act: Act, by: Reviewer) -> bool:
    found = store.items.ids_of([uid])
    return bool(found) and act(store, found[0], by) is not None
