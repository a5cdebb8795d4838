"""Profiles of a few stacks in pprof's wire format, with any names, and blocks of them."""

import json

from dolerite import _library as c


def _varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def _field(number, value):
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def pprof(types, stacks, nanos):
    """``types``: pairs of type and unit; ``stacks``: values by the names of frames, leaf first,
    where \\udcff is a byte that is not UTF-8."""
    texts = [b""]

    def text(of):
        data = of.encode("utf-8", "surrogateescape")
        if data not in texts:
            texts.append(data)
        return texts.index(data)

    names = list(dict.fromkeys(name for stack in stacks for name in stack))
    kinds = [_field(1, text(kind)) + _field(2, text(unit)) for kind, unit in types]
    out = b"".join(_field(1, kind) for kind in kinds)
    for stack, values in stacks.items():
        out += _field(2, b"".join(_field(1, names.index(name) + 1) for name in stack)
                      + b"".join(_field(2, value) for value in values))
    for number, name in enumerate(names, 1):
        line = _field(1, number) + _field(2, 7)
        out += _field(4, _field(1, number) + _field(4, line))
        out += _field(5, _field(1, number) + _field(2, text(name)))
    out += _field(9, nanos) + _field(11, kinds[-1]) + _field(12, 1)
    return out + b"".join(_field(6, data) for data in texts)


def block_of(profiles):
    """The bytes of a block of (profile, labels)."""
    builder = c.make("builder", "builder_new")
    for data, labels in profiles:
        c.run("builder_add", builder.pointer, data, len(data), json.dumps(labels).encode(), None)
    return c.bytes_of(c.make("bytes", "builder_finish", builder.pointer, None))
