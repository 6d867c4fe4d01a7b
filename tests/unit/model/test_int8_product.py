import numpy as np
import pytest

from midword.model.int8_product import Int8Product
from midword.model.ort import onnxruntime


@pytest.mark.parametrize(("count", "width"), [(1, 8), (300, 32), (5000, 130)])
def test_the_product_is_numpys_but_for_rounding(count: int, width: int) -> None:
    random = np.random.default_rng(count)
    # Rows of very different size: each has a scale of its own.
    rows = random.normal(size=(count, width)) * np.geomspace(0.01, 10, count)[:, None]
    rows = rows.astype(np.float32)
    bias = random.normal(size=count).astype(np.float32)
    vectors = random.normal(size=(3, width)).astype(np.float32)
    product = Int8Product(lambda begin, end: rows[begin:end], bias, onnxruntime.SessionOptions())
    found = product(vectors)
    assert found.dtype == np.float32
    expected = vectors @ rows.T + bias
    size = np.linalg.norm(rows, axis=1) * np.linalg.norm(vectors, axis=1)[:, None]
    assert np.all(np.abs(found - expected) < 0.02 * size + 1e-5)


def test_a_row_of_zeros_gives_its_bias() -> None:
    product = Int8Product(
        lambda begin, end: np.zeros((end - begin, 4), dtype=np.float32),
        np.array([1.5, -2.0], dtype=np.float32),
        onnxruntime.SessionOptions(),
    )
    assert product(np.ones((1, 4), dtype=np.float32)).tolist() == [[1.5, -2.0]]


def test_products_of_one_sign_are_not_cut_off() -> None:
    """As they are on CPUs without VNNI where weights use all of their eight bits."""
    rows = np.ones((40, 64), dtype=np.float32)
    product = Int8Product(
        lambda begin, end: rows[begin:end],
        np.zeros(len(rows), dtype=np.float32),
        onnxruntime.SessionOptions(),
    )
    assert product(np.ones((1, 64), dtype=np.float32)) == pytest.approx(64, rel=0.01)
