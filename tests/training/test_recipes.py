from pathlib import Path

import pytest

from midword_training.pretraining.recipes import read_recipe

RECIPES = Path(__file__).parents[2] / "training" / "recipes"


def test_a_recipe_says_what_differs_from_another(tmp_path: Path) -> None:
    (tmp_path / "all.toml").write_text(
        "rate = 1\n[data]\nseed = 1\nrows = 9\n[weights.genre]\nchat = 0.5\ndocs = 0.5\n"
    )
    (tmp_path / "few.toml").write_text(
        'extends = "all.toml"\n[data]\nrows = 2\n[weights.genre]\nchat = 1.0\n'
    )
    (tmp_path / "none.toml").write_text('extends = "few.toml"\n[data]\nseed = 3\n')
    assert read_recipe(tmp_path / "none.toml") == {
        "rate": 1,
        "data": {"seed": 3, "rows": 2},
        "weights": {"genre": {"chat": 1.0, "docs": 0.5}},
    }


@pytest.mark.parametrize(
    "name", ["default", "continued", "taught", "inside_teacher", "taught_inside"]
)
def test_the_shipped_recipes_are_whole(name: str) -> None:
    recipe = read_recipe(RECIPES / f"{name}.toml")
    assert recipe["data"]["corpora"]
    assert recipe["optimiser"]["rows"] > 0
    shares = [recipe["weights"], recipe["held_out"]]
    assert all(
        value > 0 for kinds in shares for table in kinds.values() for value in table.values()
    )
