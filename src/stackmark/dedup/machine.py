"""What compiled code asks of the processor and Numba cannot say: words read anywhere, 64 bytes told apart at once.

LLVM turns the vectors into what the machine has, AVX-512, AVX2 or NEON. Functions here are called from compiled code.
"""

from __future__ import annotations

from typing import Any

import numba.extending
from llvmlite import ir

TYPES: Any = numba.types

_I64 = ir.IntType(64)
_BLOCK = ir.VectorType(ir.IntType(8), 64)


def _pointer(context: Any, builder: Any, signature: Any, args: Any, kind: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.bitcast(builder.gep(array.data, [args[1]]), kind.as_pointer())


def _load_word(_typing: Any, data: Any, place: Any) -> Any:
    """Read eight bytes as a little-endian number, wherever they begin."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value = builder.load(_pointer(context, builder, signature, args, _I64))
        value.align = 1
        return value

    return TYPES.uint64(data, place), generate


def _classify(_typing: Any, data: Any, place: Any) -> Any:
    """Return three masks over 64 bytes: those that split, UTF-8 continuations, and all beyond ASCII."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def all_of(value: int) -> Any:
            return ir.Constant(_BLOCK, [value] * 64)

        def span(values: Any, first: str, count: int) -> Any:
            return builder.icmp_unsigned("<", builder.sub(values, all_of(ord(first))), all_of(count))

        block = builder.load(_pointer(context, builder, signature, args, _BLOCK))
        block.align = 1
        word = builder.or_(span(builder.or_(block, all_of(32)), "a", 26), span(block, "0", 10))
        word = builder.or_(word, span(block, "_", 1))
        continuation = builder.icmp_unsigned("==", builder.and_(block, all_of(0xC0)), all_of(0x80))
        high = builder.icmp_unsigned(">=", block, all_of(0x80))
        masks = [builder.bitcast(mask, _I64) for mask in (builder.not_(word), continuation, high)]
        return context.make_tuple(builder, signature.return_type, masks)

    return TYPES.UniTuple(TYPES.uint64, 3)(data, place), generate


def _lowest_bit(_typing: Any, value: Any) -> Any:
    """Return the place of the lowest bit that is set; of zero, anything."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return TYPES.uint64(value), generate


load_word: Any = numba.extending.intrinsic(_load_word)
classify: Any = numba.extending.intrinsic(_classify)
lowest_bit: Any = numba.extending.intrinsic(_lowest_bit)
