"""A tiny transformers model with random weights and a byte-level tokenizer: no network, loads in no time."""

from pathlib import Path
from typing import Any

from chains.engines.token_pieces import BYTE_ALPHABET

SPECIAL = ["<|im_start|>", "<|im_end|>"]
MERGES = [("h", "e"), ("Ġ", "t"), ("Ã", "©")]  # "he", " t" and é are single tokens
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tiny_tokenizer(template: str | None = TEMPLATE) -> Any:
    """Byte-level BPE: the 256 bytes, three merges, two special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    pieces = [*BYTE_ALPHABET, *("".join(pair) for pair in MERGES)]
    backend = Tokenizer(models.BPE(vocab={piece: i for i, piece in enumerate(pieces)}, merges=MERGES))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(SPECIAL)
    make: Any = PreTrainedTokenizerFast  # untyped, as the models below
    tokenizer = make(tokenizer_object=backend, eos_token="<|im_end|>")
    tokenizer.chat_template = template
    return tokenizer


def tiny_llama(seed: int = 0, layers: int = 2, window: int | None = None) -> Any:
    """A random causal model over that vocabulary; ``window`` makes its attention slide (Mistral)."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

    shape: dict[str, Any] = {
        "vocab_size": len(tiny_tokenizer()),
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "initializer_range": 0.3,  # so that the distribution is not flat
        "eos_token_id": tiny_tokenizer().eos_token_id,
        "bos_token_id": None,
    }
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if window is not None:
            model: Any = MistralForCausalLM(MistralConfig(**shape, sliding_window=window))
        else:
            model = LlamaForCausalLM(LlamaConfig(**shape))
    return model.eval()


def save_tiny_model(folder: Path, template: str | None = TEMPLATE, **changes: Any) -> Path:
    """The model as a folder that ``open_transformers`` reads."""
    tiny_llama(**changes).save_pretrained(folder)
    tiny_tokenizer(template).save_pretrained(folder)
    return folder
