"""The built-in embedding model, all-MiniLM-L6-v2, on numpy: a BERT of six layers, whose token vectors are averaged."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

Numbers = NDArray[np.float32]

AT_ONCE = 32  # texts of one length


@dataclass(frozen=True, slots=True)
class _Layer:
    """The weights of one layer, each as (input, output); the three of attention are one matrix."""

    attention: Numbers
    attention_bias: Numbers
    mixed: Numbers
    mixed_bias: Numbers
    first_norm: tuple[Numbers, Numbers]
    wide: Numbers
    wide_bias: Numbers
    narrow: Numbers
    narrow_bias: Numbers
    second_norm: tuple[Numbers, Numbers]


class MiniLM:
    """Reads a saved sentence-transformers model that is a BERT with mean pooling.

    Raises OSError, ValueError or KeyError if the folder holds another kind of model.
    """

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
            raise ValueError(f"{folder} holds a model of the type {config['model_type']}, not a BERT")
        weights = load_file(folder / "model.safetensors")
        self.dimension: int = config["hidden_size"]
        self._heads: int = config["num_attention_heads"]
        self._epsilon = np.float32(config["layer_norm_eps"])
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _norm(weights, "embeddings.LayerNorm")
        self._layers = [_layer(weights, f"encoder.layer.{n}") for n in range(config["num_hidden_layers"])]
        limits = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(limits["max_seq_length"])

    def encode(self, texts: Sequence[str]) -> Numbers:
        """A unit vector for each text: shape (n, d). Texts of one length are computed at once, so nothing is padded."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(ids), self.dimension), np.float32)
        by_length: dict[int, list[int]] = {}
        for place, tokens in enumerate(ids):
            by_length.setdefault(len(tokens), []).append(place)
        for places in by_length.values():
            for start in range(0, len(places), AT_ONCE):
                batch = places[start : start + AT_ONCE]
                vectors[batch] = self._pooled(np.array([ids[place] for place in batch]))
        return vectors

    def _pooled(self, ids: NDArray[np.int_]) -> Numbers:
        """The unit vectors of texts with the same number of tokens."""
        x = self._normed(self._words[ids] + self._places[: ids.shape[1]], self._norm)
        for layer in self._layers:
            x = self._normed(x + self._attended(x, layer) @ layer.mixed + layer.mixed_bias, layer.first_norm)
            wide = gelu(x @ layer.wide + layer.wide_bias)
            x = self._normed(x + wide @ layer.narrow + layer.narrow_bias, layer.second_norm)
        mean = x.mean(axis=1)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)

    def _attended(self, x: Numbers, layer: _Layer) -> Numbers:
        n, length, d = x.shape
        parts = (x @ layer.attention + layer.attention_bias).reshape(
            n, length, 3, self._heads, d // self._heads
        )
        query, key, value = parts.transpose(2, 0, 3, 1, 4)  # each (text, head, token, part of the vector)
        scores = query @ key.swapaxes(2, 3) / np.float32(np.sqrt(d // self._heads))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        return np.asarray((scores @ value).transpose(0, 2, 1, 3).reshape(n, length, d), np.float32)

    def _normed(self, x: Numbers, norm: tuple[Numbers, Numbers]) -> Numbers:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + self._epsilon)
        return np.asarray(centred / spread * norm[0] + norm[1], np.float32)


def gelu(x: Numbers) -> Numbers:
    """The Gaussian error linear unit, x · Φ(x), to within 2e-7 · |x|.

    The error function is formula 7.1.26 of Abramowitz and Stegun (1964).

    >>> gelu(np.float32([-1, 0, 2])).round(5).tolist() == np.float32([-0.15866, 0, 1.9545]).tolist()
    True
    """
    z = np.abs(x) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = np.zeros_like(t)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(factor)) * t
    tail = series * np.exp(-z * z) / 2  # 1 − Φ(|x|)
    return np.asarray(x * np.where(x < 0, tail, 1 - tail), np.float32)


def _layer(weights: Mapping[str, Numbers], name: str) -> _Layer:
    three = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    return _Layer(
        np.ascontiguousarray(np.concatenate([weights[f"{part}.weight"] for part in three]).T),
        np.concatenate([weights[f"{part}.bias"] for part in three]),
        *_dense(weights, f"{name}.attention.output.dense"),
        _norm(weights, f"{name}.attention.output.LayerNorm"),
        *_dense(weights, f"{name}.intermediate.dense"),
        *_dense(weights, f"{name}.output.dense"),
        _norm(weights, f"{name}.output.LayerNorm"),
    )


def _dense(weights: Mapping[str, Numbers], name: str) -> tuple[Numbers, Numbers]:
    return np.ascontiguousarray(weights[f"{name}.weight"].T), weights[f"{name}.bias"]


def _norm(weights: Mapping[str, Numbers], name: str) -> tuple[Numbers, Numbers]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]
