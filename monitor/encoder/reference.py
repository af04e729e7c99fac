"""The encoder as its authors run it: sentence-transformers on torch, in 32-bit floats; right by definition."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KIND = "torch-fp32"
"""Runtime and precision."""


class Reference:
    """The transformer on torch."""

    def __init__(self, folder: Path) -> None:
        """Load it from `folder`; raises ModelError."""
        _quiet()
        try:
            from sentence_transformers import SentenceTransformer

            model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except Exception as error:  # whatever three libraries raise on a missing or odd configuration file
            raise ModelError(f"the encoder in {folder} cannot be loaded: {' '.join(str(error).split())}") from error
        self._transformer = model[0].eval()

    def run(
        self,
        batches: Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]],
        take: Callable[[int, NDArray[np.float32], NDArray[np.float32]], None],
    ) -> None:
        """Hand `take` the number, mean hidden states (n, d) and hidden states (n, t, d) of each batch of token
        numbers and mask, (n, t) each."""
        import torch

        for number, (ids, mask) in enumerate(batches):
            seen = torch.from_numpy(mask)
            features = {"input_ids": torch.from_numpy(ids), "attention_mask": seen}
            features["token_type_ids"] = torch.zeros_like(features["input_ids"])
            with torch.inference_mode():
                hidden = self._transformer(features)["token_embeddings"]
                shown = seen.unsqueeze(-1)
                means = (hidden * shown).sum(dim=1) / shown.sum(dim=1)
            take(number, means.numpy(), hidden.numpy())


def _quiet() -> None:
    """Keep the libraries offline and off the terminal; must run before they are first imported."""
    if os.environ.get("MONITOR_ALLOW_HUB") != "1":
        os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
