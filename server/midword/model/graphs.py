"""CUDA graphs: a pass that the card knows by heart, and begins at one word from the processor.

Launched one by one, a small model's two hundred kernels take the processor longer than the card
(https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs).
"""

import threading
from collections.abc import Callable, Sequence

import torch

from midword.logs import logger, outline

# One capture at a time in a process, and nothing else on the card meanwhile: another thread that
# needs memory then could spoil it.
CARD = threading.Lock()

Passes = dict[int, Callable[[], None]]
_WARM_UP = 3  # passes in which libraries choose kernels and take their memory


def capture(
    compute: Callable[[int], None], sizes: Sequence[int], stream: torch.cuda.Stream
) -> Passes:
    """Record a computation at some sizes.

    The recordings share their memory: what a pass leaves for others must lie in tensors that were
    there before, and one pass must have ended before the next begins.

    Args:
        compute: works on tensors that stay where they are, never waits for the card, and takes a
            size.
        sizes: those to record.
        stream: where it is recorded, and will be replayed.

    Returns:
        For each size what does the same as `compute`, on the current stream; nothing if the model
        is one that can't be recorded.

    Raises:
        torch.OutOfMemoryError: the card's memory is full.
    """
    found: Passes = {}
    pool = torch.cuda.graph_pool_handle()
    for size in sorted(sizes, reverse=True):  # the smaller ones fit into the largest one's memory
        with CARD:
            with torch.cuda.stream(stream):
                for _ in range(_WARM_UP):
                    compute(size)
            stream.synchronize()
            graph = torch.cuda.CUDAGraph()
            try:
                with torch.cuda.graph(
                    graph, pool=pool, stream=stream, capture_error_mode="thread_local"
                ):
                    compute(size)
            except torch.cuda.OutOfMemoryError:
                raise
            except RuntimeError as error:
                logger.warning("a pass can't be recorded as a CUDA graph: %s", outline(error))
                return {}
            found[size] = graph.replay
    return found
