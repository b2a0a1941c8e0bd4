"""Caches of a fixed size for decoding: the same memory at every step, as CUDA graphs and compiled code need."""

import threading
from typing import Any


class StaticCaches:
    """A pool of static caches of ``length`` tokens; several replies may be under way."""

    def __init__(self, config: Any, length: int) -> None:
        self._config, self.length = config, length
        self._free: list[Any] = []
        self._lock = threading.Lock()

    def filled(self, cache: Any) -> Any:
        """A static cache that holds what a dynamic one holds."""
        from transformers.cache_utils import StaticCache

        with self._lock:
            static: Any = self._free.pop() if self._free else StaticCache(self._config, self.length)
        for fixed, grown in zip(static.layers, cache.layers, strict=True):
            if not fixed.is_initialized:
                fixed.lazy_initialization(grown.keys, grown.values)
            tokens = grown.keys.shape[-2]
            fixed.keys[:, :, :tokens].copy_(grown.keys)
            fixed.values[:, :, :tokens].copy_(grown.values)
            fixed.cumulative_length.fill_(tokens)
        return static

    def emptied(self, static: Any, tokens: int) -> Any:
        """The first tokens of a static cache as a dynamic one; the static one can then be used again."""
        from transformers.cache_utils import DynamicCache

        cache: Any = DynamicCache()
        for place, layer in enumerate(static.layers):
            keys, values = (part[:, :, :tokens].clone() for part in (layer.keys, layer.values))
            cache.update(keys, values, place)
        with self._lock:
            self._free.append(static)
        return cache

    def close(self) -> None:
        """Free the memory of the caches that are not in use."""
        with self._lock:
            self._free.clear()
