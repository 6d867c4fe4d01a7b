"""What a teacher knows at a text's end that the student doesn't, on a recipe's held-out documents.

    python tests/benchmarks/bench_teacher.py RECIPE --teacher DIR [--model DIR] [--words 1500]

Both are asked for the same words, and judged by what they say among the words that both have as one
token. The teacher sees the whole passage left of a word, the student the row that the server asks.
A third line takes half of each, as a student would say it that had learnt the teacher's answers.
"""

import argparse
import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoTokenizer, BertForMaskedLM

from midword.suggest.loading import DATA
from midword_training.masked.masking import collate, gap_row
from midword_training.pretraining.fit import held_out_texts
from midword_training.pretraining.recipes import read_recipe
from midword_training.pretraining.run import SERVED_TOKENS
from midword_training.pretraining.teaching.passages import draw, parts
from midword_training.pretraining.teaching.shared_words import Asked, SharedWords
from midword_training.pretraining.teaching.teacher import Teacher, load

Shares = NDArray[np.float32]
"""[words, shared]: what is said of each word asked for, among the shared words."""

_NONE = 1e-7  # nobody is quite sure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=DATA / "model")
    parser.add_argument("--documents", type=int, default=60, help="each genre in turn")
    parser.add_argument("--words", type=int, default=1500)
    parser.add_argument("--counted", type=float, default=0.01, help="of a pass: words' endings")
    options = parser.parse_args()
    torch.set_num_threads(1)
    recipe = read_recipe(options.recipe)
    network, tokenizer = load(options.teacher, "cpu")
    student = AutoTokenizer.from_pretrained(options.model)
    shared = SharedWords(student, tokenizer)
    endings = shared.endings(shared.ask([each.text for each in draw(recipe, options.counted)]))
    texts = held_out_texts(recipe, options.documents, seed=42)
    asked = shared.ask([part for text in texts for part in itertools.islice(parts(text), 1)])
    column = {word: place for place, word in enumerate(shared.words.tolist())}
    places = [
        (each, question)
        for each in asked
        for question, place in enumerate(each.places)
        if each.student[place] in column
    ]
    places = random.Random(42).sample(places, min(options.words, len(places)))
    right = np.asarray([column[each.student[each.places[q]]] for each, q in places])
    its = of_teacher(Teacher(network, shared, endings, len(column)), places, column)
    own = of_student(BertForMaskedLM.from_pretrained(options.model), shared, places)
    print(f"{len(places)} words of {len(asked)} passages, {len(column)} shared words")
    for name, shares in (("student", own), ("teacher", its), ("half of each", (own + its) / 2)):
        nats = -np.log(shares[np.arange(len(right)), right] + _NONE)
        before = (shares > shares[np.arange(len(right)), right][:, None]).sum(1)
        error = nats.std() / len(nats) ** 0.5
        first, five = 100 * (before < 1).mean(), 100 * (before < 5).mean()
        print(f"{name:12} {nats.mean():.3f} nats (se {error:.3f})", end=", ")
        print(f"{first:.1f}% first, {five:.1f}% among five")


def of_teacher(teacher: Teacher, places: list[tuple[Asked, int]], column: dict[int, int]) -> Shares:
    """What the teacher says at each place."""
    passages = list({id(each): each for each, _ in places}.values())
    said = dict(zip(map(id, passages), teacher.answer(passages), strict=True))
    shares = np.zeros((len(places), len(column)), dtype=np.float32)
    for row, (each, question) in enumerate(places):
        words, chances = said[id(each)]
        shares[row, [column[word] for word in words[question].tolist()]] = chances[question]
    return shares


@torch.inference_mode()
def of_student(model: Any, shared: SharedWords, places: list[tuple[Asked, int]]) -> Shares:
    """What the student says at each place, asked as the server asks."""
    model.eval()

    def said() -> Iterator[torch.Tensor]:
        for begin in range(0, len(places), 64):
            rows = []
            for each, question in places[begin : begin + 64]:
                place = each.places[question]
                left = each.student[max(0, place - SERVED_TOKENS + 3) : place]
                rows.append(gap_row(left, [each.student[place]], [], shared.kinds))
            batch = collate(rows, SERVED_TOKENS, shared.kinds.pad)
            states = model.bert(
                batch.ids,
                attention_mask=batch.attention(torch.float32),
                position_ids=batch.positions,
            ).last_hidden_state.flatten(0, 1)[batch.questions[0]]
            head = model.cls.predictions
            logits = head.decoder(head.transform(states))
            yield logits[:, torch.from_numpy(shared.words)].softmax(1)

    return torch.cat(list(said())).numpy()


if __name__ == "__main__":
    main()
