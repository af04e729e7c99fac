"""Answers of the rules as the interpreter runs them: `python interpreted.py TEXTS [GAZETTEER]` writes them as JSON.

Run with a copy of the package on the path that holds no machine code; says first whether that is so.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from monitor.origin import Gazetteer, Resolver, compiled

resolver = Resolver(Gazetteer.load(Path(sys.argv[2])) if len(sys.argv) > 2 else None)
texts = json.loads(Path(sys.argv[1]).read_text("utf-8"))
json.dump([compiled.in_use(), *(resolver.resolve(text).findings for text in texts)], sys.stdout)
