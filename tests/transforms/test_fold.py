"""Equal neighbours are drawn once, and only where that is true of each."""

from dataclasses import replace

from sketch import Sketch, residual

from sphinx_visualtorch.transforms.fold import fold


def repeats(graph):
    return {scope.path: scope.repeat for scope in graph.scopes if scope.repeat > 1}


def test_a_chain_of_equal_blocks_becomes_one() -> None:
    graph = residual(12)
    folded = fold(graph)
    folded.check()
    assert repeats(folded) == {"layer0.0": 12}
    assert folded.calls == graph.calls
    assert folded.by_id["layer0.0.conv"].calls == 12
    assert folded.by_id["layer0.0.conv"].parameters == 12 * 9
    assert ("layer0.0.relu", "fc") in {(e.source, e.target) for e in folded.edges}


def test_the_first_of_a_stage_may_differ() -> None:
    sketch = Sketch()
    last = sketch.input(1, 3, 8, 8)
    for index, width in enumerate((3, 8, 8, 8)):
        where = sketch.scope(f"blocks.{index}") if "blocks" in sketch.scopes else None
        if where is None:
            sketch.scope("blocks", "Sequential")
            where = sketch.scope(f"blocks.{index}")
        last = sketch.add(
            f"{where}.conv",
            "Conv2d",
            "convolution",
            (1, 8, 8, 8),
            [last],
            attributes=(("in_channels", str(width)),),
        )
        last = sketch.add(f"{where}.act", "ReLU", "activation", (1, 8, 8, 8), [last])
    assert repeats(fold(sketch.graph())) == {"blocks.1": 3}


def test_other_hyper_parameters_are_no_equal_blocks() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    for index in range(3):
        where = sketch.scope(f"b{index}")
        last = sketch.add(
            f"{where}.drop",
            "Dropout",
            "dropout",
            (1, 8),
            [last],
            attributes=(("p", f"0.{index}"),),
        )
        last = sketch.add(f"{where}.fc", "Linear", "linear", (1, 8), [last])
    assert repeats(fold(sketch.graph())) == {}


def test_a_block_whose_tensor_is_used_elsewhere_is_not_hidden_in_a_stack() -> None:
    graph = residual(4)
    sketch = Sketch(nodes=list(graph.nodes), edges=list(graph.edges))
    sketch.scopes = {scope.id: scope for scope in graph.scopes}
    sketch.add("aux", "Linear", "linear", (1, 2), ["layer0.1.relu"])
    folded = fold(sketch.graph(outputs=("fc", "aux")))
    folded.check()
    assert repeats(folded) == {"layer0.0": 2, "layer0.2": 2}
    assert ("layer0.0.relu", "aux") in {(e.source, e.target) for e in folded.edges}


def side_by_side(count: int, *, chained: bool = False):
    sketch = Sketch()
    first = sketch.input(1, 8)
    made = []
    for index in range(count):
        where = sketch.scope(f"heads_{index}", "Head")
        source = made[-1] if chained and made else first
        inner = sketch.add(f"{where}.fc", "Linear", "linear", (1, 8), [source])
        made.append(sketch.add(f"{where}.act", "ReLU", "activation", (1, 8), [inner]))
    sketch.add("cat", "cat", "merge", (1, 8 * count), made, op="function")
    return sketch.graph()


def test_equal_blocks_side_by_side_become_one() -> None:
    folded = fold(side_by_side(4))
    folded.check()
    assert repeats(folded) == {"heads_0": 4}
    assert [(e.source, e.target) for e in folded.edges][-1] == ("heads_0.act", "cat")


def test_a_chain_whose_every_step_is_concatenated_is_not_folded() -> None:
    assert repeats(fold(side_by_side(4, chained=True))) == {}


def test_a_tensor_that_all_blocks_share_may_come_from_outside() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    table = sketch.add("table", "arange", "function", (8,), [], op="function")
    for index in range(5):
        where = sketch.scope(f"h{index}")
        norm = sketch.add(f"{where}.norm", "LayerNorm", "normalisation", (1, 8), [last])
        last = sketch.add(f"{where}.rope", "mul", "merge", (1, 8), [norm, table], op="function")
    folded = fold(sketch.graph())
    assert repeats(folded) == {"h0": 5}
    incoming = {edge.source for edge in folded.incoming["h0.rope"]}
    assert incoming == {"h0.norm", "table"}


def test_equal_layers_in_a_row_fold_from_three_on() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    for index in range(5):
        last = sketch.add(f"fc{index}", "Linear", "linear", (1, 8), [last])
    folded = fold(sketch.graph())
    assert [(node.id, node.repeat) for node in folded.nodes] == [("input", 1), ("fc0", 5)]


def test_stages_fold_inside_and_outside() -> None:
    folded = fold(residual(2, stages=3))
    assert repeats(folded) == {"layer0": 3, "layer0.0": 2}
    assert folded.by_id["layer0.0.conv"].calls == 6


def test_what_all_blocks_share_may_enter_with_the_one_before() -> None:
    """As a mask does: each layer of an encoder takes what the last one made, and the mask."""
    sketch = Sketch()
    last = sketch.input(1, 8)
    mask = sketch.input(1, 8, name="mask")
    sketch.scope("layers", "ModuleList")
    for index in range(6):
        where = sketch.scope(f"layers.{index}", "EncoderLayer")
        last = sketch.add(f"{where}.attn", "Attention", "attention", (1, 8), [last, mask])
        last = sketch.add(f"{where}.norm", "LayerNorm", "normalisation", (1, 8), [last])
    folded = fold(sketch.graph())
    folded.check()
    assert [node.id for node in folded.nodes] == [
        "input",
        "mask",
        "layers.0.attn",
        "layers.0.norm",
    ]
    assert folded.scope_by_id["layers.0"].repeat == 6
    assert folded.calls == sketch.graph().calls


def test_what_is_made_on_the_way_is_not_shared() -> None:
    """The third layer takes what the first one made: not all are equal."""
    sketch = Sketch()
    last = sketch.input(1, 8)
    made: list[str] = []
    sketch.scope("layers", "ModuleList")
    for index in range(4):
        where = sketch.scope(f"layers.{index}", "Layer")
        sources = [last, made[0]] if index > 1 else [last]
        made.append(sketch.add(f"{where}.fc", "Linear", "linear", (1, 8), sources))
        last = made[-1]
    folded = fold(sketch.graph())
    assert len(folded.nodes) > 2


def small_ops(values: list[str], kind: str = "roll") -> Sketch:
    """Return a chain of equal blocks with a small operation in each, and its argument."""
    sketch = Sketch()
    last = sketch.input(1, 8)
    for index, value in enumerate(values):
        where = sketch.scope(f"b{index}", "Block")
        last = sketch.add(
            f"{where}.small",
            kind,
            "reshape",
            (1, 8),
            [last],
            op="function",
            attributes=(("1", value),),
        )
        last = sketch.add(f"{where}.fc", "Linear", "linear", (1, 8), [last])
        last = sketch.add(f"{where}.act", "Tanh", "activation", (1, 8), [last])
    return sketch


def drawn(sketch: Sketch, style: str = "layered"):
    from sphinx_visualtorch.options import make_options
    from sphinx_visualtorch.transforms.prepare import prepare

    return prepare(sketch.graph(), style, make_options(style, {})).graph


def test_what_is_left_out_may_differ() -> None:
    """Blocks that shift their windows in turn are not equal, although no shift is drawn."""
    assert [node.repeat for node in drawn(small_ops(["4"] * 6)).nodes[1:]] == [6]
    boxes = drawn(small_ops(["0", "4"] * 3)).nodes[1:]
    assert len(boxes) == 6
    assert {node.repeat for node in boxes} == {1}


def test_the_rate_of_dropout_is_no_difference() -> None:
    sketch = small_ops(["0.1", "0.2", "0.3"], "drop_path")
    sketch.nodes = [
        replace(node, role="dropout") if node.kind == "drop_path" else node for node in sketch.nodes
    ]
    assert [node.repeat for node in drawn(sketch).nodes[1:]] == [3]


def test_a_skip_from_the_start_is_not_one_from_the_block_before() -> None:
    """``x = f(x) + x0`` is not ``x = f(x) + x``: in the first round both are the same."""

    def chained(far: bool) -> Sketch:
        sketch = Sketch()
        first = last = sketch.add("stem", "Linear", "linear", (1, 8), [sketch.input(1, 8)])
        for index in range(5):
            where = sketch.scope(f"b{index}", "Block")
            inner = sketch.add(f"{where}.fc", "Linear", "linear", (1, 8), [last])
            other = first if far else last
            last = sketch.add(f"{where}.add", "add", "merge", (1, 8), [inner, other], op="function")
        return sketch

    near, far = (fold(chained(far).graph()) for far in (False, True))
    assert repeats(near) == {"b0": 5}
    assert repeats(far) == {"b1": 4}
    assert ("stem", "b1.add") in {(edge.source, edge.target) for edge in far.edges}


def test_numbers_are_those_of_the_blocks() -> None:
    """Blocks that are called from the last to the first, or every third one, are named so."""
    from sphinx_visualtorch.layout.words import path_text

    def named(numbers: list[int]) -> str:
        sketch = Sketch()
        last = sketch.input(1, 8)
        sketch.scope("a", "ModuleList")
        for number in numbers:
            where = sketch.scope(f"a.{number}", "Block")
            last = sketch.add(f"{where}.fc", "Linear", "linear", (1, 8), [last])
            last = sketch.add(f"{where}.act", "ReLU", "activation", (1, 8), [last])
        (scope,) = (scope for scope in fold(sketch.graph()).scopes if scope.repeat > 1)
        assert scope.repeat == len(numbers)
        return path_text(scope)

    assert named([0, 1, 2, 3]) == "a.0–3"
    assert named([3, 2, 1, 0]) == "a.3 … 0"
    assert named([1, 4, 7]) == "a.1 … 7"


def test_side_by_side_is_told() -> None:
    """Three layers that take the same are no chain of three."""
    from sphinx_visualtorch.layout.words import count_of, repeat_text

    sketch = Sketch()
    start = sketch.input(1, 8)
    ends = [sketch.add(name, "Linear", "linear", (1, 8), [start]) for name in ("q", "k", "v")]
    sketch.add("sdpa", "attention", "attention", (1, 8), ends, op="function")
    (node,) = (node for node in fold(sketch.graph()).nodes if node.repeat > 1)
    assert repeat_text(node) == "× 3 parallel"
    assert count_of(node) == 3


def test_one_layer_that_is_called_again_is_told() -> None:
    from sphinx_visualtorch.layout.words import repeat_text

    node = drawn(small_ops(["4"] * 3)).nodes[1]
    again = replace(node, last=node.path)
    assert repeat_text(node) == "× 3"
    assert repeat_text(again) == "× 3 shared"
    assert repeat_text(replace(again, beside=True)) == "× 3 parallel shared"


def test_a_closed_block_shows_what_it_returns() -> None:
    """A slice behind it is left out, and is none of its business."""
    sketch = Sketch()
    sketch.scope("s", "Stage")
    last = sketch.input(1, 3, 32, 32)
    for name in ("one", "two"):
        last = sketch.add(f"s.{name}", "Conv2d", "convolution", (1, 8, 32, 32), [last])
    last = sketch.add("half", "getitem", "reshape", (1, 8, 16, 16), [last], op="function")
    sketch.add("end", "Conv2d", "convolution", (1, 8, 16, 16), [last])
    from sphinx_visualtorch.options import make_options
    from sphinx_visualtorch.transforms.prepare import prepare

    boxes = prepare(sketch.graph(), "layered", make_options("layered", {"collapse": "s"})).graph
    (stage,) = (node for node in boxes.nodes if node.op == "scope")
    assert stage.outputs[0].shape == (1, 8, 32, 32)
