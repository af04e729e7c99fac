"""What people are asked to judge next, and why. It needs no learner, only what a model said before."""

from __future__ import annotations

from monitor.review.propose import Proposal, propose
from monitor.review.queue import Bars, Queued, review_queue

__all__ = ["Bars", "Proposal", "Queued", "propose", "review_queue"]
