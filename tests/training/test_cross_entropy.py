import pytest
import torch
from torch.nn import functional

from midword_training.cross_entropy import CHUNK, ChunkedCrossEntropy


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
