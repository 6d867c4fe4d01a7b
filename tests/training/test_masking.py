import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from midword_training.masked.masking import (
    IGNORED,
    Batch,
    Row,
    TokenKinds,
    collate,
    cursor_row,
    gap_row,
    plain_row,
)

PAD, CLS, SEP, MASK, COMMA = range(5)
WORDS = range(5, 40)
PIECES = range(40, 50)


@pytest.fixture
def kinds() -> TokenKinds:
    starts = np.ones(50, dtype=np.bool_)
    starts[list(PIECES)] = False
    letters = np.zeros(50, dtype=np.bool_)
    letters[list(WORDS)] = True
    return TokenKinds(starts, letters, PAD, CLS, SEP, MASK)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(params=["eager", "sdpa"])
def model(request: pytest.FixtureRequest) -> BertForMaskedLM:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50,
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        attn_implementation=request.param,
    )
    return BertForMaskedLM(config).eval()


def text(words: int, rng: np.random.Generator) -> np.ndarray:
    """Words of one to three pieces, a comma here and there."""
    ids: list[int] = []
    for _ in range(words):
        ids.append(int(rng.choice(WORDS)))
        ids.extend(rng.choice(PIECES, size=int(rng.choice([0, 0, 0, 1, 2]))).tolist())
        if rng.random() < 0.2:
            ids.append(COMMA)
    return np.asarray(ids, dtype=np.int64)


def logits(model: BertForMaskedLM, batch: Batch) -> torch.Tensor:
    with torch.no_grad():
        out: torch.Tensor = model(
            batch.ids,
            attention_mask=batch.attention(torch.float32),
            position_ids=batch.positions,
        ).logits
    return out


def test_a_plain_row_hides_whole_words_and_only_words(
    kinds: TokenKinds, rng: np.random.Generator
) -> None:
    ids = text(40, rng)
    row = plain_row(ids, kinds, 0.4, rng)
    assert row.ids[0] == CLS
    assert row.ids[-1] == SEP
    assert MASK in row.ids
    for start, end in zip(*kinds.words(ids), strict=True):
        hidden = [row.labels[i + 1] != IGNORED for i in range(start, end)]
        assert len(set(hidden)) == 1
        if hidden[0]:
            assert kinds.letters[ids[start]]
            assert row.ids[start + 1 : end + 1] == [MASK] * (end - start)
            assert row.labels[start + 1 : end + 1] == ids[start:end].tolist()
        else:
            assert row.ids[start + 1 : end + 1] == ids[start:end].tolist()


def test_a_plain_row_asks_at_least_one_word(kinds: TokenKinds, rng: np.random.Generator) -> None:
    row = plain_row(np.asarray([COMMA, 7, COMMA]), kinds, 0.0, rng)
    assert row.labels == [IGNORED, IGNORED, 7, IGNORED, IGNORED]


def test_bert_s_own_recipe_keeps_and_swaps(kinds: TokenKinds, rng: np.random.Generator) -> None:
    ids = np.full(5000, 7, dtype=np.int64)
    row = plain_row(ids, kinds, 0.5, rng, kept=0.1, swapped=0.1)
    asked = [token for token, label in zip(row.ids, row.labels, strict=True) if label != IGNORED]
    assert len(asked) / 5000 == pytest.approx(0.5, abs=0.05)
    assert asked.count(MASK) / len(asked) == pytest.approx(0.8, abs=0.05)
    assert asked.count(7) / len(asked) == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize("chunk", [1, 2, 8])
def test_a_cursor_row_asks_for_what_comes_next(
    kinds: TokenKinds, rng: np.random.Generator, chunk: int
) -> None:
    ids = text(40, rng)
    row = cursor_row(ids, kinds, 48, [chunk], rng)
    assert len(row.ids) <= 48
    shown = [i for i, seen in enumerate(row.seen) if 0 <= seen < 100]
    assert [row.ids[i] for i in shown[1:]] == ids[: len(shown) - 1].tolist()
    assert any(label != IGNORED for label in row.labels)
    for place, label in enumerate(row.labels):
        if label != IGNORED:
            assert row.ids[place] == MASK
            assert label == ids[row.positions[place] - 1]


def test_no_question_sees_its_answer_or_what_comes_after(
    kinds: TokenKinds, rng: np.random.Generator, model: BertForMaskedLM
) -> None:
    """Change the text from some place on: all that is asked before it stays as it was."""
    row = cursor_row(text(40, rng), kinds, 48, [3], rng)
    before = logits(model, collate([row], 48, PAD))
    cut = 20
    other = Row(
        [
            5 if position >= cut and token not in (MASK, SEP) else token
            for token, position in zip(row.ids, row.positions, strict=True)
        ],
        *(getattr(row, name) for name in ("positions", "seen", "reach", "group", "labels")),
    )
    after = logits(model, collate([other], 48, PAD))
    asked = [i for i, label in enumerate(row.labels) if label != IGNORED]
    # A word of several pieces may begin before the cut and be asked as one.
    early = [i for i in asked if row.positions[i] <= cut - 3]
    late = [i for i in asked if row.positions[i] > cut]
    assert early
    assert late
    assert torch.equal(before[0, early], after[0, early])
    assert not torch.equal(before[0, late[-1]], after[0, late[-1]])


def test_a_question_sees_all_of_the_left_context(
    kinds: TokenKinds, rng: np.random.Generator
) -> None:
    row = cursor_row(text(40, rng), kinds, 48, [3], rng)
    visible = collate([row], 48, PAD).visible[0, 0].numpy()
    asked = max(i for i, label in enumerate(row.labels) if label != IGNORED)
    seen = {row.positions[i] for i in np.flatnonzero(visible[asked]) if row.ids[i] != SEP}
    start = row.positions[row.group.index(row.group[asked])]
    assert seen >= set(range(start))


def test_a_first_question_reads_as_the_server_asks_it(
    kinds: TokenKinds, rng: np.random.Generator, model: BertForMaskedLM
) -> None:
    """[CLS] left [MASK] [SEP], but for where [SEP] stands and what it sees."""
    ids = text(40, rng)
    row = cursor_row(ids, kinds, 48, [4], rng)
    asked = [i for i, label in enumerate(row.labels) if label != IGNORED and row.group[i] == 1]
    left = [token for token, seen in zip(row.ids, row.seen, strict=True) if seen == 0][1:]
    answer = [row.labels[i] for i in asked]
    gap = gap_row(left, answer, [], kinds)
    # Take [SEP] out of both.
    for one in (row, gap):
        one.seen[-1] = 1 << 14
    ours = logits(model, collate([row], 48, PAD))[0, asked]
    places = [i for i, label in enumerate(gap.labels) if label != IGNORED]
    served = logits(model, collate([gap], 48, PAD))[0, places]
    assert torch.allclose(ours, served, atol=1e-5)


def test_padding_is_never_seen(kinds: TokenKinds, model: BertForMaskedLM) -> None:
    row = gap_row([5, 6], [7], [8], kinds)
    short, long = (logits(model, collate([row], length, PAD)) for length in (6, 20))
    assert torch.allclose(short[0], long[0, :6], atol=1e-5)
