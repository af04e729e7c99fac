"""The encoder: all-MiniLM-L6-v2, its weights pinned by hash, compiled for the processor and loaded when first used.

The model (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2) is six BERT layers, the mean
over the hidden states of all tokens, and L2 normalisation. Because the vector is a mean, any linear
score of it is a sum over tokens; given a `probe`, `Encoder.encode` hands that sum out term by term.
"""

from __future__ import annotations

from monitor.encoder.encoder import CUT, DIMENSIONS, SPACE, Attribution, Encoded, Encoder

__all__ = ["CUT", "DIMENSIONS", "SPACE", "Attribution", "Encoded", "Encoder"]
