"""Reads a file compressed by TensorPress: model.load_state_dict(load_pressed("x.pressed.safetensors"))."""
import json, struct, torch
DTYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
          "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool"}
def load_pressed(path):
    """All tensors of the file by name; those stored as factors are rebuilt in their shape and dtype."""
    with open(path, "rb") as file:
        header, data = json.loads(file.read(struct.unpack("<Q", file.read(8))[0])), bytearray(file.read())
    def read(entry):
        (begin, end), dtype = entry["data_offsets"], getattr(torch, DTYPES[entry["dtype"]])
        return (torch.frombuffer(data[begin:end], dtype=dtype) if end > begin else torch.empty(0, dtype=dtype)).reshape(entry["shape"])
    pressed = json.loads(header.pop("__metadata__", {}).get("tensorpress", '{"formatVersion": 1, "tensors": {}}'))
    if pressed["formatVersion"] != 1:
        raise ValueError("This loader knows version 1 of the format; update TensorPress and copy it anew.")
    owner = {factor["tensor"]: name for name, info in pressed["tensors"].items() for factor in info["factors"]}
    names = dict.fromkeys(owner.get(name, name) for name in header)  # in the file's order, each once
    def rebuild(info):
        return rebuild_tensor(info, [read(header[x["tensor"]]) for x in info["factors"]]).to(getattr(torch, info["dtype"])).contiguous()
    return {name: rebuild(pressed["tensors"][name]) if name in pressed["tensors"] else read(header[name]) for name in names}
def rebuild_tensor(info, stored):
    shape, method, (first, *others) = info["shape"], info["method"], [x.double() if x.is_floating_point() else x.long() for x in stored]
    if method in ("svd", "kronecker", "block", "kpd"):  # a matrix: its rows run over the axes `down`, its columns over the others
        down = {"channel-in": [0, *range(2, len(shape))], "spatial": [*range(1, (len(shape) + 3) // 2)]}.get(info["attributes"].get("scheme"), [0])
        axes = down + [axis for axis in range(len(shape)) if axis not in down]
        sizes = torch.Size(shape[axis] for axis in axes)
        matrix = (first @ others[0] if method == "svd" else torch.einsum("rac,rbd->abcd", first, others[0]) if method == "kronecker"
                  else rebuild_blocks(info, first, *others, sizes[:len(down)].numel(), sizes[len(down):].numel()))
        return matrix.reshape(sizes).permute([axes.index(axis) for axis in range(len(shape))])
    for name, factor in zip([factor["name"] for factor in info["factors"][1:]], others):
        mode = int(name[6:]) if method == "tucker" else 0  # tucker: core, then factor0, factor1, ...
        first = {"cp": lambda: first.unsqueeze(-2) * factor, "tt": lambda: torch.tensordot(first, factor, dims=1),
                 "tucker": lambda: torch.tensordot(factor, first, dims=([1], [mode])).movedim(0, mode)}[method]()
    return first.sum(-1) if method == "cp" else first.reshape(shape[1:] + shape[:1]).movedim(-1, 0) if method == "tt" else first
def rebuild_blocks(info, x, y, z, rows, columns):  # x, y, z: indptr, indices, values (block) or a, b, mask or indices (kpd)
    (m, n), is_plain, is_mask = info["attributes"]["block"], info["method"] == "block", info["factors"][2]["name"] == "mask"
    wide = -(-columns // n)  # blocks in a row of them; a mask has a bit for each, the first in the highest bit
    where = (torch.repeat_interleave(torch.arange(len(x) - 1), x.diff()) * wide + y if is_plain
             else (z[:, None] >> torch.arange(7, -1, -1) & 1).flatten().nonzero()[:, 0] if is_mask else z)
    blocks = torch.zeros(-(-rows // m) * wide, m, n).double().index_copy(0, where, z if is_plain else torch.einsum("rq,rmn->qmn", x, y))
    return blocks.reshape(-1, wide, m, n).permute(0, 2, 1, 3).reshape(-1, wide * n)[:rows, :columns]
