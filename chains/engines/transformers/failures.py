"""What can go wrong while a model is loaded with transformers, in plain sentences with the next step."""

import contextlib
from collections.abc import Iterator

from chains.engines.transformers.decoder import out_of_memory
from chains.errors import ModelUnavailable

INSTALL = 'Install them with: pip install "credence-chat[transformers]"'
UNREACHED = {"ConnectionError", "ConnectError", "OfflineModeIsEnabled", "LocalEntryNotFoundError"}


@contextlib.contextmanager
def explained(reference: str) -> Iterator[None]:
    """Turn errors of loading into a sentence with the next step."""
    try:
        yield
    except ModelUnavailable:
        raise
    except Exception as error:
        raise ModelUnavailable(_explanation(reference, error)) from error


def _explanation(reference: str, error: Exception) -> str:
    names = {type(cause).__name__ for cause in _causes(error)}
    message = " ".join(str(cause) for cause in _causes(error))
    if out_of_memory(error):
        return f"{reference} does not fit into memory. Try dtype='bfloat16', a smaller model or a .gguf file."
    if "GatedRepoError" in names or "gated" in message:
        return (
            f"{reference} is gated. Accept its terms at https://huggingface.co/{reference}, "
            "then sign in with `hf auth login` and try again."
        )
    if "couldn't connect" in message or names & UNREACHED:
        return (
            f"The Hugging Face hub cannot be reached, and {reference} is not on this machine yet. "
            "Check the connection, or give a folder or a .gguf file."
        )
    if "RepositoryNotFoundError" in names or "not a valid model identifier" in message:
        return f"The Hugging Face hub has no model {reference}. Check the spelling (owner/name)."
    if "SafetensorError" in names or "unexpected EOF" in message:
        return f"The weights of {reference} are damaged or incomplete. Download them again."
    if isinstance(error, ImportError):
        return f"{reference} needs a package that is missing ({first_line(error)}). {INSTALL}."
    return f"{reference} cannot be loaded: {first_line(error)}. Check that it is a causal language model."


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def first_line(error: BaseException) -> str:
    """The first line of an error's text, without its full stop."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
