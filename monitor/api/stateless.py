"""Verbs that touch no store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from monitor.api.opened import Verbs
from monitor.types import Tag

if TYPE_CHECKING:
    from monitor.origin import Resolution


class Stateless(Verbs):
    """Texts in, answers out."""

    def classify(self, papers: Iterable[tuple[str, str]], *, model: str | None = None) -> list[tuple[Tag, ...]]:
        """Tags of papers given as (title, abstract), one for each goal of `model`, by default that in use; none when a
        paper cannot be judged. Raises ModelError."""
        from monitor.goals import Paper, Tagger

        app = self._at.app
        tagger = Tagger.open(app.model_folder(model), weights=app.weights) if model else app.tagger
        return [tagging.tags for tagging in tagger.tag([Paper(*paper) for paper in papers], exact=True)]

    def origin(self, affiliations: Iterable[str]) -> list[Resolution]:
        """Countries and institution of affiliations, each with method, confidence and the words that decided."""
        return [self._at.app.resolver.resolve(text) for text in affiliations]
