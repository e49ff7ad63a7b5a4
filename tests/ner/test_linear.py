from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="stackmark.ner needs torch")

from stackmark.ner.linear import ACTIVATIONS, plain, product, to_bytes  # noqa: E402


@pytest.mark.parametrize("activation", [None, *ACTIVATIONS])
@pytest.mark.parametrize(("precision", "least"), [("float32", 1e-4), ("bfloat16", 0.2), ("int8", 0.3)])
def test_every_way_gives_the_product(activation: str | None, precision: str, least: float) -> None:
    torch.manual_seed(0)
    weight, bias, x, residual = torch.randn(40, 24), torch.randn(40), torch.randn(9, 24), torch.randn(9, 40)
    kind = torch.bfloat16 if precision == "bfloat16" else torch.float32
    wanted = plain(weight, bias, "float32", activation)
    found = product(weight, bias, precision, activation)  # type: ignore[arg-type]
    assert (found(x.to(kind)).float() - wanted(x)).abs().max() < least
    if activation is None:
        assert (found(x.to(kind), residual.to(kind)).float() - wanted(x, residual)).abs().max() < least


@pytest.mark.parametrize("values", [[-3.0, 0.5, 9.0], [0.0, 0.0], [5.0, 7.0], [-1e30, 1e30], []], ids=str)
def test_bytes_take_the_way_back(values: list[float]) -> None:
    x = torch.tensor(values)
    found, scale, zero = to_bytes(x)
    assert found.dtype == torch.uint8
    assert ((found.float() - zero) * scale - x).abs().le(scale * 0.51).all()
