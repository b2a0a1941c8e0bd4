"""Turning a conversation into the token ids that a transformers model reads."""

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage

from chains.engines.token_pieces import TokenPieces, continuation_tokens
from chains.errors import ModelUnavailable
from estimators.parsing.reasoning import opens_reasoning

# Special tokens that end a turn, even if the model's files do not say so.
TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>")
ROLES = {"system": "system", "human": "user", "ai": "assistant", "AIMessageChunk": "assistant"}


def template_tokens(tokenizer: Any, messages: Sequence[BaseMessage]) -> list[int]:
    """The token ids that a model reads for these messages.

    Raises ModelUnavailable if the model's template rejects them.
    """
    from jinja2 import TemplateError

    if not messages:
        raise ValueError("there is no message to answer")
    if len(messages) > 1 and ROLES.get(messages[-1].type) == "assistant":
        # Appended to the exact prompt of a reply, because a template may trim the text.
        begun = text_tokens(tokenizer, str(messages[-1].text))
        if begun is not None and ROLES.get(messages[-2].type) != "assistant":
            return [*template_tokens(tokenizer, messages[:-1]), *(token for token, _ in begun)]
    turns = []
    for message in messages:
        if message.type not in ROLES:
            raise ValueError(f"a message of type {message.type!r} cannot be sent to this model")
        turns.append({"role": ROLES[message.type], "content": str(message.text)})
    # A conversation that ends with the model's own words continues from there.
    continues = turns[-1]["role"] == "assistant"

    def rendered() -> list[int]:
        return list(
            tokenizer.apply_chat_template(
                turns,
                add_generation_prompt=not continues,
                continue_final_message=continues,
                return_dict=False,
            )
        )

    try:
        return rendered()
    except TemplateError as error:
        # Some models have no system role: put its text before the first turn.
        if turns[0]["role"] == "system" and len(turns) > 1 and turns[1]["role"] == "user":
            system = turns.pop(0)["content"]
            turns[0]["content"] = f"{system}\n\n{turns[0]['content']}"
            return rendered()
        raise ModelUnavailable(
            f"The model's chat template rejects this conversation: {error}. "
            "Alternate user and assistant messages."
        ) from error


def text_tokens(tokenizer: Any, text: str) -> list[tuple[int, bytes]] | None:
    """The tokens (id and bytes) of a reply's text; None if the tokenizer cannot encode it exactly."""
    pieces = TokenPieces(tokenizer)

    def cut(plain: str) -> list[tuple[int, bytes]]:
        # Text that looks like a special token is not treated as one.
        ids = tokenizer.encode(plain, add_special_tokens=False, split_special_tokens=True)
        return [(id, pieces.bytes_of(id, before)) for id, before in zip(ids, [None, *ids], strict=False)]

    return continuation_tokens(text, cut)


def prompt_opens_reasoning(tokenizer: Any) -> bool:
    """Whether the prompt of a reply ends with the tag that opens the reasoning."""
    end = template_tokens(tokenizer, [HumanMessage("Hello")])[-16:]
    return opens_reasoning(str(tokenizer.decode(end)))


def turn_ends(tokenizer: Any, config: Any) -> frozenset[int]:
    """All tokens that end a reply."""
    named = getattr(config, "eos_token_id", None)
    ends = {tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])}
    special = {str(token): id for id, token in tokenizer.added_tokens_decoder.items() if token.special}
    ends |= {special[text] for text in TURN_ENDS if text in special}
    return frozenset(end for end in ends if end is not None)
