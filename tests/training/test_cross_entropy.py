import pytest
import torch
from torch.nn import functional

from midword_training.masked.cross_entropy import CHUNK, ChunkedCrossEntropy, Guide


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


@pytest.mark.parametrize("rows", [1, CHUNK + 5])
def test_a_guide_adds_its_divergence_to_the_gradients_alone(rows: int) -> None:
    torch.manual_seed(0)
    inputs = (torch.randn(rows, 24), torch.randn(300, 24), torch.randn(300))
    for tensor in inputs:
        tensor.requires_grad_()
    hidden, weight, bias = inputs
    guide = Guide(torch.randn(rows, 24), torch.randn(300, 24), torch.randn(300), 0.7)
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
