"""From a document to `Config`: forms are filled, defaults of the kinds added, and sections held against each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from monitor.config import delivery, forms, partners
from monitor.config.affiliations import RouteKind, affiliations, terms
from monitor.config.document import Document, Place, read
from monitor.config.problems import Problems, names
from monitor.config.settings import Alarm, Bounces, Config, Schedule, Serve
from monitor.errors import ConfigError, MonitorError, suggestion
from monitor.selection import Asked, Selection
from monitor.types import Feed, Subscriber
from monitor.weekly import Ranking

_Form = TypeVar("_Form", bound=BaseModel)


class Kind(Protocol):
    """What must be known of a source kind to check a feed of it; its module holds it."""

    URL: str
    """The provider's base address; empty when every feed must bring its own `url`."""
    PACE: float
    EVERY: timedelta
    Options: type[BaseModel]


def load(
    source: Path | Document,
    *,
    kinds: Sequence[str],
    kind: Callable[[str], Kind],
    outputs: Sequence[str],
    env: Mapping[str, str],
    goals: Callable[[str], Collection[str]] | None = None,
    routes: Mapping[str, RouteKind] | None = None,
) -> Config:
    """What the file at `source` says, or a document that is to become one, with defaults filled in.

    `kinds` are the names of the source kinds, and `kind` gives the one of a name; `outputs` are the
    names of the outputs; `goals` gives the slugs of the taxonomy that `model` names, and slugs are
    not looked up when it is None; `routes` are the routes to affiliations by name. Keys come from `env`, and
    so does every secret, such as MONITOR_SMTP_PASSWORD, or the file that MONITOR_SMTP_PASSWORD_FILE names.

    Raises ConfigError, with one sentence a line for up to ten mistakes.
    """
    document = source if isinstance(source, Document) else read(source)
    path = document.path
    if document.data is None:
        raise ConfigError(f"{path} is empty; `monitor init` writes one to begin with")
    if not isinstance(document.data, dict):
        raise ConfigError(f"{path}, line 1: the file should be keys with values, such as 'feeds:'")
    return _Loader(document, kinds, kind, outputs, goals, routes or {}).load(env)


class _Loader:
    """Works through one document; whatever is wrong is gathered in `problems` and told at the end."""

    def __init__(
        self,
        document: Document,
        kinds: Sequence[str],
        kind: Callable[[str], Kind],
        outputs: Sequence[str],
        goals: Callable[[str], Collection[str]] | None,
        routes: Mapping[str, RouteKind],
    ) -> None:
        self.folder = document.path.absolute().parent
        self.path = document.path
        # A section whose entries are all commented out reads as null: it says nothing.
        self.sections = {key: value for key, value in document.data.items() if value is not None}
        if "feeds" in document.data:
            self.sections.setdefault("feeds", {})
        self.problems = Problems(document)
        self.kinds = kinds
        self.kind = kind
        self.outputs = outputs
        self.goals = goals
        self.routes = routes

    def load(self, env: Mapping[str, str]) -> Config:
        file = self._filled(forms.FileForm, (), self.sections)
        slugs = self._slugs(file.model) if file else None
        if file:
            partners.check(file.partners, self.problems)
            self._known_feeds(("ranking", "weights"), file.ranking.weights)
            self._saved_searches(file.search, slugs)
        if file and file.alarm.to and not file.mail:
            self.problems.add(("alarm", "to"), " needs the section 'mail', by which an alarm is sent")
        feeds = [self._feed(name, entry, slugs) for name, entry in self._entries("feeds")]
        digest = file.schedule.digest if file else forms.DigestForm()
        subscribers = [self._subscriber(name, entry, slugs, digest) for name, entry in self._entries("subscribers")]
        lookups = affiliations(file.affiliations, self.routes, self.problems, env) if file else None
        if self.problems.found or file is None or lookups is None:
            raise self.problems.error()
        return Config(
            path=self.path,
            feeds=tuple(feed for feed in feeds if feed),
            subscribers=tuple(subscriber for subscriber in subscribers if subscriber),
            mail=delivery.mail(file.mail, env) if file.mail else None,
            bounces=delivery.bounces(file.mail, self.folder, env) if file.mail else Bounces(),
            alarm=Alarm(tuple(file.alarm.to), file.alarm.heartbeat, file.alarm.allow_private),
            base_url=file.base_url,
            serve=_serve(file.serve),
            secret=delivery.secret(env, "MONITOR_SECRET"),
            secrets=delivery.webhook_secrets(subscribers, env),
            partners=partners.build(file.partners),
            schedule=Schedule(file.schedule.scan, digest.weekday, digest.hour, digest.grace, file.schedule.train),
            affiliations=lookups,
            ranking=_ranking(file.ranking),
            searches={name: _asked(form) for name, form in file.search.saved.items()},
            encode=file.search.encode,
            contact=file.contact,
            model=file.model,
        )

    def _filled(self, form: type[_Form], place: Place, values: Mapping[str, Any]) -> _Form | None:
        try:
            return form.model_validate(values)
        except ValidationError as error:
            self.problems.add_all(place, error, form)
            return None

    def _entries(self, section: str) -> list[tuple[str, dict[str, Any]]]:
        """The entries of a section that are mappings; the form of the whole file names the others."""
        entries = self.sections.get(section)
        return [(k, v) for k, v in entries.items() if isinstance(v, dict)] if isinstance(entries, dict) else []

    def _slugs(self, model: str) -> Collection[str] | None:
        try:
            return self.goals(model) if self.goals else None
        except MonitorError as error:
            self.problems.add(("model",), f": {error}")
            return None

    def _known_goals(self, place: Place, goals: Sequence[str], slugs: Collection[str] | None) -> None:
        for position, goal in enumerate(goals):
            if slugs is not None and goal not in slugs:
                remedy = suggestion(goal, slugs) or f"; the goals are {', '.join(slugs)}"
                self.problems.add((*place, "goals", position), f": there is no goal {goal!r}{remedy}")

    def _known_feeds(self, place: Place, feeds: Collection[str]) -> None:
        known = [name for name, _ in self._entries("feeds")]
        for feed in feeds:
            if feed not in known:
                self.problems.add((*place, feed), f": there is no feed {feed!r}{suggestion(feed, known)}")

    def _saved_searches(self, search: forms.SearchForm, slugs: Collection[str] | None) -> None:
        for name, form in search.saved.items():
            place = ("search", "saved", name)
            self._known_goals(place, form.goals, slugs)
            self._known_feeds((*place, "feeds"), form.feeds)
        for subscriber, entry in self._entries("subscribers"):
            asked = entry.get("searches")
            for position, name in enumerate(asked if isinstance(asked, list) else ()):
                if isinstance(name, str) and name not in search.saved:
                    here = ("subscribers", subscriber, "searches", position)
                    self.problems.add(here, f": there is no saved search {name!r}{suggestion(name, search.saved)}")

    def _checked(self, check: Callable[[str], str], place: Place, value: str) -> str:
        try:
            return check(value)
        except ValueError as error:
            self.problems.add(place, f": {error}")
            return value

    # --- feeds

    def _feed(self, name: str, entry: dict[str, Any], slugs: Collection[str] | None) -> Feed | None:
        place = ("feeds", name)
        self._checked(forms.name, place, name)
        common = {key: value for key, value in entry.items() if key in names(forms.FeedForm)}
        form = self._filled(forms.FeedForm, place, common)
        kind = self._kind(place, entry.get("kind"))
        if kind is None:
            return None
        options = self._options(place, kind, {key: value for key, value in entry.items() if key not in common})
        if form is None or options is None:
            return None
        self._known_goals(place, form.goals, slugs)
        url = self._url(place, form, kind)
        return Feed(
            name=name,
            kind=form.kind,
            url=url,
            every=form.every or kind.EVERY,
            pace=self._pace(place, form.pace, url, kind),
            enabled=form.enabled,
            allow_private=form.allow_private,
            first_days=form.first_days,
            options=options.model_dump(),
            why=form.why,
            goals=tuple(form.goals),
            checks=self._checks(name, form.checks),
        )

    def _checks(self, name: str, other: str | None) -> str | None:
        """The feed through which every record of this one ought to come as well: another one of the file."""
        feeds = [known for known, _ in self._entries("feeds") if known != name]
        if other is not None and other not in feeds:
            remedy = suggestion(other, feeds) or "; name another feed of this file"
            self.problems.add(("feeds", name, "checks"), f": there is no other feed {other!r}{remedy}")
        return other

    def _kind(self, place: Place, kind: object) -> Kind | None:
        if not isinstance(kind, str):
            return None
        if kind not in self.kinds:
            remedy = suggestion(kind, self.kinds) or f"; the kinds are {', '.join(self.kinds)}"
            self.problems.add((*place, "kind"), f": there is no source kind {kind!r}{remedy}")
            return None
        return self.kind(kind)

    def _options(self, place: Place, kind: Kind, values: Mapping[str, Any]) -> BaseModel | None:
        own = names(kind.Options)
        for key in values:
            if key not in own:
                self.problems.unknown((*place, key), (*names(forms.FeedForm), *own))
        return self._filled(kind.Options, place, {key: value for key, value in values.items() if key in own})

    def _url(self, place: Place, form: forms.FeedForm, kind: Kind) -> str:
        if form.url is None:
            if not kind.URL:
                self.problems.add(place, f" has no 'url', and kind {form.kind!r} has none of its own")
            return kind.URL
        place = (*place, "url")
        if form.kind not in forms.FILE_KINDS:
            return self._checked(forms.web_address, place, form.url)
        if "://" in form.url:
            self.problems.add(
                place, f": {form.url!r} is an address; kind {form.kind!r} reads a file, so write its path"
            )
        return str(self.folder / form.url)

    def _pace(self, place: Place, pace: float | None, url: str, kind: Kind) -> float:
        """Seconds between requests; on the provider's own hosts never less than its terms allow."""
        if pace is None:
            return kind.PACE
        if clause := terms(pace, url, kind):
            self.problems.add((*place, "pace"), clause)
        return pace

    # --- subscribers

    def _subscriber(
        self, name: str, entry: dict[str, Any], slugs: Collection[str] | None, digest: forms.DigestForm
    ) -> Subscriber | None:
        place = ("subscribers", name)
        self._checked(forms.name, place, name)
        form = self._filled(forms.SubscriberForm, place, entry)
        if form is None:
            return None
        if form.output not in self.outputs:
            remedy = suggestion(form.output, self.outputs) or f"; the outputs are {', '.join(self.outputs)}"
            self.problems.add((*place, "output"), f": there is no output {form.output!r}{remedy}")
        self._known_goals(place, form.goals, slugs)
        delivery.check(place, form, self.problems, mail="mail" in self.sections)
        return delivery.subscriber(name, form, self.folder, digest)


def _asked(form: forms.SavedForm) -> Asked:
    selection = Selection(
        tuple(form.goals),
        tuple(form.countries),
        tuple(form.groups),
        venues=tuple(form.venues),
        feeds=tuple(form.feeds),
    )
    return Asked(form.query, selection, form.mode, least=form.least)


def _ranking(form: forms.RankingForm) -> Ranking:
    return Ranking(form.novelty, form.partner, form.source, form.weights, form.per_feed, form.per_author)


def _serve(form: forms.ServeForm) -> Serve:
    hosts = tuple(host.lower() for host in form.hosts)
    return Serve(tuple(form.reviewers), form.header, tuple(form.proxies), hosts, form.read, form.links)
