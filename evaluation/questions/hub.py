"""Reads the rows of data sets from the Hugging Face hub."""

import re
from collections.abc import Iterator

from evaluation.questions.layouts import Row
from files.errors import BadFile

HUB = re.compile(r"(?:hf:)?(?P<name>[\w.-]+(?:/[\w.-]+)?)(?::(?P<config>[\w.-]+))?(?:@(?P<split>[\w.-]+))?")
_SPLITS = ("test", "validation", "dev", "train")  # the first of these that a data set has


def hub_rows(source: str) -> Iterator[Row]:
    """Rows of ``NAME[:CONFIG][@SPLIT]``, or ``hf:`` before a folder that the datasets library can load."""
    named = HUB.fullmatch(source)
    assert named is not None
    try:
        import datasets
    except ImportError:
        raise BadFile(
            f"{source} is not a file, and data sets from the hub need a package: `pip install datasets`."
        ) from None
    name, config, split = named["name"], named["config"], named["split"]
    try:
        there = datasets.get_dataset_split_names(name, config)
        chosen = split or next((name for name in _SPLITS if name in there), there[0])
        if chosen not in there:
            raise BadFile(f"{source} has no split {chosen!r}; its splits: {', '.join(there)}.")
        rows = datasets.load_dataset(name, config, split=chosen)
    except BadFile:
        raise
    except ValueError as error:  # a configuration is needed or unknown; the library's text lists them
        raise BadFile(f"{source}: {str(error).splitlines()[0]} Name one as NAME:CONFIG@SPLIT.") from None
    except Exception as error:  # its errors come from several libraries
        raise BadFile(
            f"{source} is neither a local file nor a data set that could be downloaded ({type(error).__name__}): "
            "check the name and your connection, or give a file of questions."
        ) from None
    for number, fields in enumerate(rows, 1):
        yield Row(f"row {number}", fields)
