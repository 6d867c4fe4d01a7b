"""Tiny real masked language models, built and trained in seconds, one of each tokenizer family."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from midword.model.masked_lm import Gap

SENTENCES = """\
the committee will meet on tuesday to discuss the budget
the committee will meet on monday to approve the budget
the board will meet on friday to review the plan
we will discuss the plan with the team on monday
the team will review the report before the meeting
please send the report to the committee before friday
the report was written by the team in the morning
she reads the letter and writes the answer in the evening
he opened the door and walked into the garden
she closed the window and walked into the house
the garden behind the house is full of flowers
the flowers in the garden are red and yellow
the weather in the morning was cold and grey
the server answers the request and writes the result
the client sends the request and reads the result
the writer types a word and the server suggests the rest
a good suggestion saves the writer time
a bad suggestion costs the writer time
they don't discuss the weather in the meeting
it's a good plan and the board will approve the plan
""".splitlines()

# Each word of these but the first, for runtimes to be held against each other.
GAPS = [
    Gap(sentence[: at + 1], sentence[at + 1 :].partition(" ")[2])
    for sentence in SENTENCES
    for at, sign in enumerate(sentence)
    if sign == " "
]
WORDS = ["discuss", "budgets", "gardening", "the"]

GERMAN = """\
der Ausschuss trifft sich am Dienstag und berät den Haushalt
der Ausschuss trifft sich am Montag und beschließt den Haushalt
der Vorstand trifft sich am Freitag und prüft den Plan
wir beraten den Plan mit der Gruppe am Montag
die Gruppe prüft den Bericht vor der Sitzung
bitte schickt den Bericht an den Ausschuss vor Freitag
der Bericht wurde von der Gruppe am Morgen geschrieben
sie liest den Brief und schreibt die Antwort am Abend
er öffnete die Tür und ging in den Garten
sie schloss das Fenster und ging in das Haus
der Garten hinter dem Haus ist voller Blumen
die Blumen in dem Garten sind rot und gelb
das Wetter am Morgen war kalt und grau
""".splitlines()


def words() -> list[str]:
    """Every word of the sentences, most frequent first."""
    text = " ".join(SENTENCES).split()
    return sorted(set(text), key=lambda word: (-text.count(word), word))


def build(
    folder: Path,
    family: str = "bert",
    *,
    steps: int = 300,
    sentences: Sequence[str] = SENTENCES,
) -> Path:
    """Train a tiny model of a family and save it as a Hugging Face folder.

    Args:
        folder: where to; made.
        family: "bert", "distilbert", "electra", "mpnet", "albert" (WordPiece or Unigram),
            "roberta", "modernbert" (byte-level BPE).
        steps: of AdamW on all sentences at once.
        sentences: what it learns; other ones than English for families with byte-level BPE only.
    """
    import torch
    import transformers

    torch.set_num_threads(1)  # two processes of many threads slow each other on few cores
    torch.manual_seed(0)
    make = _TOKENIZERS[family]
    tokenizer = make() if sentences is SENTENCES else byte_level_bpe(sentences)
    common = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": 128,
        "pad_token_id": tokenizer.pad_token_id,
    }
    config: Any
    if family == "distilbert":
        config = transformers.DistilBertConfig(
            vocab_size=len(tokenizer),
            dim=32,
            n_layers=2,
            n_heads=2,
            hidden_dim=64,
            max_position_embeddings=128,
            pad_token_id=tokenizer.pad_token_id,
        )
    elif family == "electra":
        config = transformers.ElectraConfig(**common, embedding_size=16)
    elif family == "mpnet":
        config = transformers.MPNetConfig(**common)
    elif family == "albert":
        config = transformers.AlbertConfig(**common, embedding_size=16)
    elif family == "roberta":
        config = transformers.RobertaConfig(
            **common, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id
        )
    elif family == "modernbert":
        config = transformers.ModernBertConfig(
            **common,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            cls_token_id=tokenizer.cls_token_id,
            sep_token_id=tokenizer.sep_token_id,
        )
    else:
        config = transformers.BertConfig(**common)
    model: Any = transformers.AutoModelForMaskedLM.from_config(config)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    batch = tokenizer(list(sentences), padding=True, return_tensors="pt")
    special = torch.tensor(
        [
            tokenizer.get_special_tokens_mask(row, already_has_special_tokens=True)
            for row in batch["input_ids"].tolist()
        ]
    ).bool()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(steps):
        masked = (torch.rand(special.shape) < 0.25) & ~special
        ids = batch["input_ids"].masked_fill(masked, tokenizer.mask_token_id)
        logits = model(input_ids=ids, attention_mask=batch["attention_mask"]).logits
        loss = torch.nn.functional.cross_entropy(logits[masked], batch["input_ids"][masked])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _wordpiece(specials: Sequence[str]) -> dict[str, int]:
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = [
        *specials,
        ".",
        ",",
        "'",
        "-",
        "t",
        "s",
        *(word for word in words() if "'" not in word),
        *letters,
        *("##" + letter for letter in letters),
    ]
    return {token: number for number, token in enumerate(dict.fromkeys(vocabulary))}


def of_bert() -> Any:
    import transformers

    vocabulary = _wordpiece(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return transformers.BertTokenizerFast(vocab=vocabulary, model_max_length=128)


def _of_mpnet() -> Any:
    import transformers

    vocabulary = _wordpiece(["<s>", "<pad>", "</s>", "[UNK]", "<mask>"])
    return transformers.MPNetTokenizerFast(vocab=vocabulary, model_max_length=128)


def byte_level_bpe(sentences: Sequence[str] = SENTENCES) -> Any:
    import tokenizers
    import transformers

    inner = tokenizers.ByteLevelBPETokenizer(add_prefix_space=False)
    inner.train_from_iterator(
        [*sentences] * 5,
        vocab_size=600,
        min_frequency=2,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
    )
    fast = tokenizers.Tokenizer.from_str(inner.to_str())
    fast.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=fast,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token=tokenizers.AddedToken("<mask>", lstrip=True),
        model_max_length=128,
    )


def unigram() -> Any:
    import tokenizers
    import transformers

    inner = tokenizers.SentencePieceUnigramTokenizer()
    inner.train_from_iterator(
        SENTENCES * 5,
        vocab_size=160,
        show_progress=False,
        unk_token="<unk>",
        special_tokens=["[CLS]", "[SEP]", "<pad>", "<unk>", "[MASK]"],
    )
    fast = tokenizers.Tokenizer.from_str(inner.to_str())
    fast.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 1)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=fast,
        cls_token="[CLS]",
        sep_token="[SEP]",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="[MASK]",
        model_max_length=128,
    )


_TOKENIZERS = {
    "bert": of_bert,
    "distilbert": of_bert,
    "electra": of_bert,
    "mpnet": _of_mpnet,
    "albert": unigram,
    "roberta": byte_level_bpe,
    "modernbert": byte_level_bpe,
}
FAMILIES = tuple(_TOKENIZERS)


def finished(folder: Path) -> bool:
    """Whether a folder holds a whole model."""
    try:
        return bool(json.loads((folder / "done.json").read_text("utf-8")))
    except (OSError, ValueError):
        return False
