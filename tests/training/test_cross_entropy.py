import pytest
import torch
from torch.nn import functional

from midword_training.masked import cross_entropy
from midword_training.masked.cross_entropy import (
    CHUNK,
    ChunkedCrossEntropy,
    DenseGuide,
    Guides,
    ListedGuide,
    PartGuide,
)


@pytest.mark.parametrize("rows", [1, CHUNK, 2 * CHUNK + 17])
def test_loss_and_gradients_are_those_of_cross_entropy(rows: int) -> None:
    torch.manual_seed(0)
    hidden = torch.randn(rows, 24, requires_grad=True)
    weight = torch.randn(300, 24, requires_grad=True)
    bias = torch.randn(300, requires_grad=True)
    target = torch.randint(300, (rows,))
    inputs = (hidden, weight, bias)
    ours = ChunkedCrossEntropy.apply(hidden, weight, bias, target)
    theirs = functional.cross_entropy(hidden @ weight.t() + bias, target)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    for a, b in zip(
        torch.autograd.grad(2 * ours, inputs), torch.autograd.grad(2 * theirs, inputs), strict=True
    ):
        assert torch.allclose(a, b, atol=1e-6)


def test_bfloat16_is_close() -> None:
    torch.manual_seed(0)
    hidden, weight = torch.randn(500, 32).bfloat16(), (torch.randn(400, 32) * 0.3).bfloat16()
    bias, target = torch.zeros(400).bfloat16(), torch.randint(400, (500,))
    ours = ChunkedCrossEntropy.apply(hidden.requires_grad_(), weight, bias, target)
    theirs = functional.cross_entropy(hidden.float() @ weight.float().t(), target)
    assert ours.item() == pytest.approx(theirs.item(), rel=0.01)


def test_logits_of_float32_take_no_more_memory_than_those_of_bfloat16() -> None:
    for dtype in (torch.float32, torch.bfloat16):
        hidden, weight = torch.randn(2 * CHUNK, 24, dtype=dtype), torch.randn(300, 24, dtype=dtype)
        ChunkedCrossEntropy.apply(hidden, weight, weight[:, 0], torch.arange(2 * CHUNK) % 300)
        assert cross_entropy._kept.logits.nbytes == CHUNK * 300 * 2


@pytest.mark.parametrize("rows", [1, CHUNK + 5])
def test_a_guide_adds_its_divergence_to_the_gradients_alone(rows: int) -> None:
    torch.manual_seed(0)
    inputs = (torch.randn(rows, 24), torch.randn(300, 24), torch.randn(300))
    for tensor in inputs:
        tensor.requires_grad_()
    hidden, weight, bias = inputs
    guide = DenseGuide(torch.randn(rows, 24), torch.randn(300, 24), torch.randn(300), 0.7)
    target = torch.randint(300, (rows,))
    ours = ChunkedCrossEntropy.apply(hidden, weight, bias, target, guide)
    logits = hidden @ weight.t() + bias
    theirs = functional.cross_entropy(logits, target)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    wanted = functional.linear(guide.vectors, guide.weight, guide.bias).softmax(-1)
    divergence = functional.kl_div(logits.log_softmax(-1), wanted, reduction="batchmean")
    total = theirs + guide.pull * divergence
    for a, b in zip(
        torch.autograd.grad(ours, inputs), torch.autograd.grad(total, inputs), strict=True
    ):
        assert torch.allclose(a, b, atol=1e-6)


def test_guides_of_parts_lean_each_its_own_questions() -> None:
    torch.manual_seed(0)
    rows, size = 2 * CHUNK + 5, 300
    inputs = (torch.randn(rows, 24), torch.randn(size, 24), torch.randn(size))
    for tensor in inputs:
        tensor.requires_grad_()
    hidden, weight, bias = inputs
    parts = [torch.tensor([0, 5, CHUNK, rows - 1]), torch.arange(6, CHUNK - 1)]
    dense = [
        DenseGuide(torch.randn(len(part), 24), torch.randn(size, 24), torch.randn(size), pull)
        for part, pull in zip(parts, (0.7, 2.0), strict=True)
    ]
    guides = Guides([PartGuide(*each) for each in zip(parts, dense, strict=True)])
    target = torch.randint(size, (rows,))
    ours = ChunkedCrossEntropy.apply(hidden, weight, bias, target, guides)
    logits = hidden @ weight.t() + bias
    total = functional.cross_entropy(logits, target)
    for part, guide in zip(parts, dense, strict=True):
        wanted = functional.linear(guide.vectors, guide.weight, guide.bias).softmax(-1)
        mine = logits[part].log_softmax(-1)
        total = total + guide.pull * functional.kl_div(mine, wanted, reduction="sum") / rows
    for a, b in zip(
        torch.autograd.grad(ours, inputs), torch.autograd.grad(total, inputs), strict=True
    ):
        assert torch.allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("asked", [[], [0, 3, CHUNK - 1, CHUNK, CHUNK + 4], [*range(3, 600)]])
def test_a_listed_guide_adds_its_divergence_over_the_words_it_can_say(asked: list[int]) -> None:
    torch.manual_seed(0)
    rows, size, top = CHUNK + 5, 300, 7
    inputs = (torch.randn(rows, 24), torch.randn(size, 24), torch.randn(size))
    for tensor in inputs:
        tensor.requires_grad_()
    hidden, weight, bias = inputs
    sayable = torch.zeros(size, dtype=torch.bool)
    sayable[torch.randperm(size)[:90]] = True
    said = torch.randn(len(asked), size).masked_fill(~sayable, -torch.inf).softmax(1)
    shares, words = said.topk(top)
    guide = ListedGuide(torch.tensor(asked, dtype=torch.int64), words, shares, sayable, 0.7)
    target = torch.randint(size, (rows,))
    ours = ChunkedCrossEntropy.apply(hidden, weight, bias, target, guide)
    logits = hidden @ weight.t() + bias
    theirs = functional.cross_entropy(logits, target)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    mine = logits[asked].masked_fill(~sayable, -torch.inf).softmax(1)
    listed = mine.gather(1, words)
    # The listed words one by one, and all others together.
    crossed = (shares * listed.log()).sum(1) + (1 - shares.sum(1)) * (1 - listed.sum(1)).log()
    total = theirs - guide.pull * crossed.sum() / rows
    for a, b in zip(
        torch.autograd.grad(ours, inputs), torch.autograd.grad(total, inputs), strict=True
    ):
        assert torch.allclose(a, b, atol=1e-6)


def test_a_listed_guide_stays_finite_where_one_word_has_all() -> None:
    """In bfloat16 too, where the shares of many words add up to more than 1."""
    logits = torch.zeros(4, 300)
    logits[:, 5] = torch.tensor([0.0, 8.0, 30.0, 60.0])
    words = torch.tensor([[5, 6]] * 4)
    shares = torch.tensor([[0.1, 0.1]] * 4)
    everything = torch.ones(300, dtype=torch.bool)
    for dtype in (torch.float32, torch.bfloat16):
        share = logits.softmax(1).to(dtype)
        before = share.clone()
        ListedGuide(torch.arange(4), words, shares, everything, 1.0).lean(share, 0)
        added = (share - before).float()
        assert added.abs().max() < 1.01
        assert added.sum(1).abs().max() < 0.9
        assert added[0, 5] < 0 < added[0, 100]
        assert added[3, 5] > 0.8
