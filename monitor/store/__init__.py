"""The store: one SQLite file, and the only SQL of the program.

`Store` is the connection plus one object for each group of tables. Steps of the pipeline meet only here.
Times go in and out as aware datetimes; rows come out as the nouns of `monitor.types`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from monitor.store.connection import BUSY_SECONDS, Connection
from monitor.store.decisions import Decisions
from monitor.store.digests import Digests
from monitor.store.doubts import Doubts
from monitor.store.entries import Entries
from monitor.store.evidence import EvidenceTables
from monitor.store.exploration import Exploration
from monitor.store.faces import Faces
from monitor.store.findings import Findings
from monitor.store.items import Items
from monitor.store.labels import Labels
from monitor.store.ledger import Ledger
from monitor.store.links import Links
from monitor.store.misses import Misses
from monitor.store.outbox import Outbox
from monitor.store.past import PastWeeks
from monitor.store.places import Places
from monitor.store.publications import Publications
from monitor.store.revisions import Revisions
from monitor.store.search import Search
from monitor.store.sightings import Sightings
from monitor.store.subscribers import Subscribers
from monitor.store.trainings import Trainings
from monitor.store.vectors import Vectors
from monitor.store.walked import Walked
from monitor.store.windows import Windows


class Store:
    """An open store. `Store.memory()` is the same without a file, for tests and for stateless commands."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.ledger = Ledger(connection)
        self.windows = Windows(connection)
        self.walked = Walked(connection)
        self.misses = Misses(connection)
        self.entries = Entries(connection)
        self.faces = Faces(connection)
        self.items = Items(connection)
        self.links = Links(connection)
        self.findings = Findings(connection)
        self.places = Places(connection)
        self.evidence = EvidenceTables(connection)
        self.publications = Publications(connection)
        self.labels = Labels(connection)
        self.decisions = Decisions(connection)
        self.doubts = Doubts(connection)
        self.digests = Digests(connection)
        self.outbox = Outbox(connection)
        self.past = PastWeeks(connection)
        self.revisions = Revisions(connection)
        self.subscribers = Subscribers(connection)
        self.search = Search(connection)
        self.vectors = Vectors(connection)
        self.trainings = Trainings(connection)
        self.exploration = Exploration(connection)
        self.sightings = Sightings(connection)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, patience: float = BUSY_SECONDS) -> Self:
        """Open the file at `path`; unless `read_only`, make it and bring it up to date first.

        `patience` is how many seconds a write waits for another program to finish writing.

        Raises StoreError when it is damaged, foreign, newer than this program, or (read only) absent;
        LockError when another program holds it.
        """
        return cls(Connection(path, read_only=read_only, patience=patience))

    @classmethod
    def memory(cls) -> Self:
        """A new store that lives as long as this object."""
        return cls(Connection(None))

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside is kept together or not at all."""
        return self.connection.transaction()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
