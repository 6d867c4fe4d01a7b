"""Float32 masters of bfloat16 weights."""

import torch
from torch import nn

from midword_training.finetuning.optimiser import build_optimiser
from midword_training.masked.masters import Masters


def test_updates_that_bfloat16_would_swallow_add_up() -> None:
    model = nn.Linear(4, 4, bias=False)
    nn.init.ones_(model.weight)
    options = {"learning_rate": 1e-4, "weight_decay": 0.0, "betas": (0.9, 0.9), "epsilon": 1e-8}
    optimiser = build_optimiser(model, masters=True, **options)
    model.to(torch.bfloat16)
    for _ in range(100):
        model.weight.grad = torch.ones_like(model.weight)
        optimiser.step()
        optimiser.zero_grad()
    assert model.weight.dtype is torch.bfloat16
    torch.testing.assert_close(model.weight.float(), torch.full((4, 4), 0.99), atol=0.004, rtol=0)


def test_masters_keep_what_the_weights_lose() -> None:
    model = nn.Linear(2, 2)
    exact = model.weight.detach().clone()
    masters = Masters(model.parameters())
    model.to(torch.bfloat16)
    named = masters.by_name(model)
    assert torch.equal(named["weight"], exact)
    masters.load([value + 1 for value in masters.values])
    assert torch.equal(named["weight"], exact + 1)
    assert torch.equal(model.weight, (exact + 1).to(torch.bfloat16))


def test_gradients_are_summed_over_replicas_and_stale_ones_go() -> None:
    live = [nn.Parameter(torch.zeros(2, dtype=torch.bfloat16)) for _ in range(2)]
    replica = [nn.Parameter(torch.zeros(2, dtype=torch.bfloat16)) for _ in range(2)]
    masters = Masters(live)

    def taken(**gradients: float) -> list[float | None]:
        for name, value in gradients.items():
            weights = live if name.startswith("live") else replica
            weights[int(name[-1])].grad = torch.full((2,), value, dtype=torch.bfloat16)
        masters.take_gradients(replica)
        assert all(weight.grad is None for weight in (*live, *replica))
        return [None if value.grad is None else float(value.grad[0]) for value in masters.values]

    assert taken(live0=1, replica0=2, live1=3) == [3, 3]
    assert taken(replica0=4) == [4, None]
    assert taken(replica0=5, replica1=6) == [5, 6]
