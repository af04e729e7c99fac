"""Metadata formats that more than one provider writes: what a record in them says, as an `Entry`. Pure.

A source kind knows how one provider is asked; a module here knows one format, whoever sent it.
"""

from __future__ import annotations
