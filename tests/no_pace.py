"""A pacer that lets everybody go at once: loopback servers need no rest."""

from __future__ import annotations


class NoPace:
    """Remembers how far apart two requests were to be."""

    def __init__(self) -> None:
        self.settled: list[float] = []

    def reserve(self, host: str, pace: float) -> float:
        return 0.0

    def settle(self, host: str, pace: float) -> None:
        self.settled.append(pace)

    def rest(self, host: str, seconds: float) -> None:
        return

    def resting(self, host: str) -> float:
        return 0.0
