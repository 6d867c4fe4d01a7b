"""`midword finetune` with its model in parts (FSDP2) over gloo: `sharded_run.py DIES_AT ...`.

accelerate takes FSDP from launches on several GPUs only. Here it is told that the CPUs are such;
all else, its `fully_shard` and its checkpoints too, is what runs on GPUs. The run dies before
update DIES_AT, or goes to its end if that is "".
"""

import os
import sys
from typing import Any

from accelerate.state import PartialState
from accelerate.utils import DistributedType

from midword_training.finetuning import loop
from midword_training.finetuning.command import main
from midword_training.group import leave

_started, _update = PartialState.__init__, loop.Loop.update


def start(self: Any, *arguments: Any, **options: Any) -> None:
    """Be started, as if on GPUs."""
    _started(self, *arguments, **options)
    if self.distributed_type == DistributedType.MULTI_CPU:
        self.distributed_type = DistributedType.MULTI_GPU


def update(self: loop.Loop, rows: Any) -> Any:
    """Update, or die."""
    if str(self.progress.step) == dies_at:
        os._exit(3)
    return _update(self, rows)


if __name__ == "__main__":
    dies_at = sys.argv.pop(1)
    PartialState.__init__ = start
    loop.Loop.update = update  # type: ignore[method-assign]
    leave(main())
