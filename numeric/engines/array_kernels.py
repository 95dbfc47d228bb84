"""What the compiled loops of a batch call beside Numba's own: views without checks, and the matrix product.

The product is for operands too small for a BLAS to be worth its call and its packing. A tile of the result stays in
registers while a block of the depth is added to it (Goto and van de Geijn, "Anatomy of high-performance matrix
multiplication", 2008). What they pack for the caches lies in them already.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import cfunc, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj
from numba.np.numpy_support import from_dtype

DEPTH, ROWS = 256, 64  # of a block, whose operands stay in the caches
HOST = llvm.get_host_cpu_features()
REGISTER = 64 if HOST.get("avx512f") else 32 if HOST.get("avx") else 16  # bytes
TALL = 8 if HOST.get("avx512f") or HOST.get("neon") else 4  # rows of a tile two registers wide, of 32 registers or 16
INDEX = ir.IntType(64)


def _view(typing: Any, array: Any, start: Any) -> Any:
    """The flat array from `start` on: Numba's own slices also clip both ends and count references."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole = context.make_array(array)(context, builder, args[0])
        view, size = context.make_array(array)(context, builder), builder.sub(whole.nitems, args[1])
        data = builder.gep(whole.data, [args[1]])
        arrayobj.populate_array(view, data, [size], [whole.itemsize], whole.itemsize, None)
        return view._getvalue()

    return array(array, types.intp), generate


view = intrinsic(_view)


@cache
def multiply(dtype: np.dtype[Any]) -> Any:
    """For compiled code, the function that adds a·w to `out`, all of this type.

    Its arguments: the flat array a, its strides along rows and depth, the numbers of its rows and of terms (the depth);
    w, by rows, and their length; `out`, by rows. It is called at its address: linked into every caller, it would be
    compiled again each time.
    """
    lanes = REGISTER // dtype.itemsize
    tall, low = _strip(TALL, lanes), _strip(1, lanes)
    entries, number = types.CPointer(from_dtype(dtype)), types.intp

    @cfunc(types.void(entries, number, number, number, number, entries, number, entries), error_model="numpy")
    def compiled(a, a_row, a_step, rows, depth, w, width, out):  # type: ignore[no-untyped-def]
        for first in range(0, depth, DEPTH):
            terms = min(DEPTH, depth - first)
            for top in range(0, rows, ROWS):
                end = min(top + ROWS, rows)
                whole = end - (end - top) % TALL
                tall(a, first * a_step, a_row, a_step, top, whole, terms, w, first * width, width, out)
                low(a, first * a_step, a_row, a_step, whole, end, terms, w, first * width, width, out)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = [
            context.make_array(kind)(context, builder, arg).data if isinstance(kind, types.Array) else arg
            for kind, arg in zip(signature.args, args, strict=True)
        ]
        kind = ir.FunctionType(ir.VoidType(), [arg.type for arg in given])
        builder.call(builder.inttoptr(INDEX(compiled.address), kind.as_pointer()), given)
        return context.get_dummy_value()

    def typing(_, a, a_row, a_step, rows, depth, w, width, out):  # type: ignore[no-untyped-def]
        return types.void(a, *[number] * 4, w, number, out), generate

    return intrinsic(typing)


def _strip(height: int, lanes: int) -> Any:
    """The product of the rows from `top` to `end`, a multiple of `height` of them: in tiles two registers wide, and
    what is left of the width in ever narrower ones."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, a_at, a_row, a_step, top, end, terms, w, w_at, width, out = args
        kind = context.get_data_type(signature.args[0].dtype)
        left, right = builder.gep(a, [a_at]), builder.gep(w, [w_at])
        start: Any = INDEX(0)
        for across, narrow in ((2, lanes), *((1, 1 << k) for k in reversed(range(lanes.bit_length())))):
            vector, wide = ir.VectorType(kind, narrow), INDEX(across * narrow)
            stop = builder.sub(width, builder.srem(builder.sub(width, start), wide))
            with (
                cgutils.for_range_slice(builder, start, stop, wide, INDEX) as (column, _),
                cgutils.for_range_slice(builder, top, end, INDEX(height), INDEX) as (row, _),
            ):
                tile = builder.gep(left, [builder.mul(row, a_row)]), builder.gep(right, [column])
                into = builder.gep(out, [builder.add(builder.mul(row, width), column)])
                _tile(builder, vector, (height, across), *tile, into, (a_row, a_step, width, terms))
            start = stop
        return context.get_dummy_value()

    def typing(_, a, a_at, a_row, a_step, top, end, terms, w, w_at, width, out):  # type: ignore[no-untyped-def]
        return types.void(a, a_at, a_row, a_step, top, end, terms, w, w_at, width, out), generate

    return intrinsic(typing)


def _tile(
    builder: Any,
    vector: ir.VectorType,
    shape: tuple[int, int],
    left: Any,
    right: Any,
    into: Any,
    sizes: tuple[Any, ...],
) -> None:
    """Adds the terms of one tile: so many rows of so many vectors."""
    a_row, a_step, width, terms = sizes
    (height, across), lanes = shape, vector.count
    splat = ir.Constant(ir.VectorType(ir.IntType(32), lanes), None)

    def place(row: Any, column: int) -> Any:
        return builder.bitcast(builder.gep(row, [INDEX(column * lanes)]), vector.as_pointer())

    def load(pointer: Any) -> Any:
        return builder.load(pointer, align=4)

    sums = [[cgutils.alloca_once(builder, vector) for _ in range(across)] for _ in range(height)]
    for row in sums:
        for total in row:
            builder.store(ir.Constant(vector, None), total)
    with cgutils.for_range(builder, terms) as loop:
        factors = builder.gep(left, [builder.mul(loop.index, a_step)])
        against = builder.gep(right, [builder.mul(loop.index, width)])
        columns = [load(place(against, c)) for c in range(across)]
        for r, row in enumerate(sums):
            factor = builder.load(builder.gep(factors, [builder.mul(INDEX(r), a_row)]))
            lane = builder.insert_element(ir.Constant(vector, ir.Undefined), factor, ir.IntType(32)(0))
            lane = builder.shuffle_vector(lane, lane, splat)
            for total, column in zip(row, columns, strict=True):
                term = builder.fmul(lane, column, flags=["contract"])
                builder.store(builder.fadd(builder.load(total), term, flags=["contract"]), total)
    for r, row in enumerate(sums):
        line = builder.gep(into, [builder.mul(INDEX(r), width)])
        for c, total in enumerate(row):
            builder.store(builder.fadd(load(place(line, c)), builder.load(total)), place(line, c), align=4)
