"""The ladder: one question of the zoo a test, through the public door."""

from __future__ import annotations

import pytest
import torch
import zoo
from torch import nn
from tracing.flows import REFERENCES, flow, run, scopes, traced, where

from sphinx_visualtorch.errors import BuildError, InputsError, NotAModelError, TraceError
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing.recorder import READ_NOTE
from sphinx_visualtorch.tracing.run import trace_model, trace_reference, trace_shapes

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("name", REFERENCES)
def test_every_model_of_the_zoo_traces_to_a_sound_graph(name: str) -> None:
    graph = traced(name)
    graph.check()
    assert ArchitectureGraph.from_json(graph.to_json()) == graph
    assert sum(node.parameters for node in graph.nodes) <= graph.parameters


FLOWS = {
    "chain": "input>conv conv>relu relu>pool",
    "branch": "input>stem stem>left stem>right left>mul right>mul",
    "residual": "input>fc input>add fc>add",
    "concat": "input>left input>right left>cat input>cat right>cat",
    "split": "input>chunk chunk>left chunk>right left>add right>add",
    "dead_end": "input>fc fc>probe",
    "unused": "input>fc",
    "echo": "",
    "constant": "",
    "shared_twice": "input>fc fc>fc#2",
    "reused_relu": "input>fc1 fc1>relu relu>fc2 fc2>relu#2",
    "optional_input": "input>fc",
    "keyword_only": "query>fc fc>mul scale>mul",
    "dict_input": "batch.left>fc fc>add batch.right>add",
    "list_input": "levels.0>fc levels.1>fc#2 fc>stack fc#2>stack stack>sum",
    "tokens": "cls>expand expand>cat input>cat cat>add position>add add>fc fc>getitem",
    "counter": "input>fc",
    "noise": "input>fc fc>rand_like fc>add rand_like>add",
    "states": "x>lstm hidden>lstm cell>lstm",
    "attends": "query>attention memory>attention",
    "in_place": "input>fc1 fc1>relu relu>fc2",
    "write_view": (
        "input>patch input>body patch>getitem body>setitem getitem>setitem setitem>head"
    ),
    "drop_skip": "input>drop input>add drop>add",
    "identity_skip": "input>fc input>skip fc>add skip>add",
    "on_the_fly": "input>fc fc>ReLU",
    "mode_branch": "input>body body>eval_head",
    "hooked": "input>fc fc>mul",
    "item_branch": "input>small",
    "round_trip": "input>before before>detach detach>from_numpy from_numpy>after",
}


@pytest.mark.parametrize("name", FLOWS)
def test_edges_are_the_real_dependencies(name: str) -> None:
    assert flow(traced(name)) == FLOWS[name]


SCOPES = {
    "loop": (
        "input layers.0@layers relu@layers layers.1@layers relu#2@layers layers.2@layers relu#3",
        "layers",
    ),
    "named": ("input layers.enter@layers layers.leave@layers", "layers"),
    "interleaved": (
        (
            "input convs.0@convs norms.0@norms convs.1@convs#2 norms.1@norms#2 convs.2@convs#3 "
            "norms.2@norms#3"
        ),
        "convs norms convs#2 norms#2 convs#3 norms#3",
    ),
    "nested": (
        (
            "input first.body.0@first.body first.body.1.0@first.body.1 first.body.1.1@first.body.1 "
            "first.add@first rest.0.body.0@rest.0.body rest.0.body.1.0@rest.0.body.1 "
            "rest.0.body.1.1@rest.0.body.1 rest.0.add@rest.0 rest.1@rest"
        ),
        (
            "first first.body@first first.body.1@first.body rest rest.0@rest rest.0.body@rest.0 "
            "rest.0.body.1@rest.0.body"
        ),
    ),
    "shared_container": (
        (
            "first second encoder.0@encoder encoder.1@encoder encoder.0#2@encoder#2 "
            "encoder.1#2@encoder#2 sub abs"
        ),
        "encoder encoder#2",
    ),
}


@pytest.mark.parametrize("name", SCOPES)
def test_scopes_are_the_containers(name: str) -> None:
    graph = traced(name)
    assert (where(graph), scopes(graph)) == SCOPES[name]


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("tuple_output", ("mean", "scale")),
        ("dict_output", ("fc", "relu")),
        ("namedtuple_output", ("mean", "scale")),
        ("dataclass_output", ("fc2", "input", "fc1")),
        ("echo", ("input",)),
        ("constant", ("ones",)),
        ("states", ("lstm",)),
    ],
)
def test_every_tensor_returned_names_its_node(name: str, outputs: tuple[str, ...]) -> None:
    assert traced(name).outputs == outputs


def test_parameters_are_counted_once_each() -> None:
    graph = traced("tied_weights")
    assert graph.parameters == 160
    assert [node.parameters for node in graph.nodes] == [0, 160, 0]
    assert [node.parameters for node in traced("shared_twice").nodes] == [0, 72, 0]


def test_parameters_used_directly_are_sources() -> None:
    graph = traced("functional")
    assert [(node.id, node.op, node.parameters) for node in graph.nodes] == [
        ("input", "input", 0),
        ("weight", "parameter", 32),
        ("bias", "parameter", 4),
        ("linear", "function", 0),
        ("relu", "function", 0),
    ]


def test_parameters_of_modules_that_forward_makes_are_not_the_models() -> None:
    graph = traced("on_the_fly_linear")
    assert (graph.parameters, graph.by_id["Linear"].parameters) == (0, 0)
    assert graph.calls == 1


def test_functions_without_tensors_are_sources() -> None:
    assert traced("constant").by_id["ones"].source
    assert not traced("residual").by_id["add"].source


def test_a_single_input_is_called_input_and_several_by_their_names() -> None:
    def names(name: str) -> list[str]:
        return [node.path for node in traced(name).nodes if node.op == "input"]

    assert names("chain") == ["input"]
    assert names("long_input") == ["ids"]
    assert names("two_inputs") == ["image", "text"]


def test_specs_are_those_of_the_run() -> None:
    graph = traced("mixed_inputs")
    embedding = graph.by_id["embedding"]
    assert [(spec.shape, spec.dtype) for spec in embedding.inputs] == [((1, 5), "int64")]
    assert [(spec.shape, spec.dtype) for spec in embedding.outputs] == [((1, 5, 8), "float32")]
    assert graph.edges[0].tensors == embedding.inputs


def test_the_pieces_of_one_tensor_are_one_edge_each() -> None:
    graph = traced("split")
    assert [len(edge.tensors) for edge in graph.edges] == [1, 1, 1, 1, 1]
    assert len(graph.by_id["chunk"].outputs) == 2


def test_a_tensor_that_goes_in_three_times_is_one_edge() -> None:
    graph = traced("encodes")
    attention = graph.by_id["encoder.layers.0.self_attn"]
    assert len(attention.inputs) == 3
    assert [len(edge.tensors) for edge in graph.incoming[attention.id]] == [1]


def test_notes_say_that_values_were_read() -> None:
    assert traced("item_branch").notes == (
        "the forward pass reads a tensor's value; the branch taken is drawn",
    )
    assert traced("round_trip").notes == (
        "the forward pass takes values out of torch; what is done to them there is not drawn",
    )
    assert traced("chain").notes == ()


@pytest.mark.parametrize(
    ("model", "nodes"),
    [
        (nn.Linear(8, 2), "input>Linear"),
        (nn.Sequential(), "input>Sequential"),
        (nn.MultiheadAttention(8, 2), "query>MHA key>MHA value>MHA"),
    ],
)
def test_a_layer_of_torch_is_a_graph_of_one_leaf(model: nn.Module, nodes: str) -> None:
    x = torch.zeros(3, 8)
    args = (x, x.clone(), x.clone()) if isinstance(model, nn.MultiheadAttention) else (x,)
    graph = trace_model(model, args=args)
    assert flow(graph).replace("MultiheadAttention", "MHA") == nodes
    assert graph.calls == 1
    assert graph.parameters == sum(node.parameters for node in graph.nodes)


# --- inputs ---------------------------------------------------------------------------------------


def test_shapes_and_dtypes_make_inputs() -> None:
    graph = trace_shapes(zoo.MixedInputs(), ((1, 5), (1, 5, 8)), ("long", "float32"))
    assert [node.outputs[0].dtype for node in graph.nodes[:2]] == ["int64", "float32"]


def test_shapes_have_values_where_the_model_must_run_really() -> None:
    class Picks(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[: int(x.sum()) + 1]

    assert trace_shapes(Picks(), ((3,),)).nodes[-1].outputs[0].shape == (1,)


def test_a_model_that_needs_no_inputs_runs_without() -> None:
    class Alone(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(2))

        def forward(self, scale: float = 2.0) -> torch.Tensor:
            return self.weight * scale

    assert flow(run(Alone())) == "weight>mul"


@pytest.mark.parametrize(
    ("target", "shape", "words"),
    [
        ("torch.nn:CosineSimilarity", None, "its forward needs 'x1' and 'x2' and no inputs"),
        ("zoo:NeedsInputs", "1, 8", "missing a required argument: 'mask'"),
        ("zoo:NeedsInputs", "1, 8; 1, 8; 1, 8", "too many positional arguments"),
    ],
)
def test_missing_inputs_are_named_with_the_options_that_give_them(
    target: str, shape: str | None, words: str
) -> None:
    with pytest.raises(InputsError) as caught:
        trace_reference(Reference.parse(target, input_shape=shape))
    assert words in str(caught.value)
    assert ":input-shape:" in str(caught.value)
    assert ":inputs:" in str(caught.value)


# --- what goes wrong ------------------------------------------------------------------------------


def test_an_error_names_the_layer_and_what_it_was_given() -> None:
    with pytest.raises(TraceError) as caught:
        trace_reference(Reference.parse("zoo:RaisesHalfWay", input_shape="1, 8"))
    error = caught.value
    assert (error.reference, error.layer, error.shapes) == (
        "zoo:RaisesHalfWay",
        "fc2 (Linear)",
        "1×6",
    )
    assert error.problem.startswith("RuntimeError: mat1 and mat2 shapes cannot be multiplied")
    assert isinstance(error.__cause__, RuntimeError)


def test_an_error_between_layers_names_the_function() -> None:
    class Bad(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Sequential(zoo.Residual(), zoo.Concat())
            self.last = zoo.Concat()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([self.inner(x), x[0]], dim=1)

    with pytest.raises(TraceError) as caught:
        run(Bad(), torch.zeros(1, 8))
    assert (caught.value.layer, caught.value.shapes) == ("cat", "1×24, 8")


def test_an_error_in_plain_code_names_the_module() -> None:
    class Inner(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise KeyError("nothing here")

    with pytest.raises(TraceError) as caught:
        run(nn.Sequential(nn.Linear(8, 4), Inner()), torch.zeros(1, 8))
    assert (caught.value.layer, caught.value.shapes) == ("1 (Inner)", "1×4")
    assert caught.value.problem == "KeyError: 'nothing here'"


def test_an_error_that_the_model_catches_is_none() -> None:
    class Careful(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wide = nn.Linear(9, 4)
            self.fits = nn.Linear(8, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            try:
                return self.wide(x)
            except RuntimeError:
                return self.fits(x)

    assert flow(run(Careful(), torch.zeros(1, 8))) == "input>fits"


@pytest.mark.parametrize("code", [0, 3, "enough"])
def test_a_model_that_exits_is_an_error(code: object) -> None:
    class Exits(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(8, 8)
            self.fc.register_forward_pre_hook(self.leave)

        def leave(self, *_: object) -> None:
            raise SystemExit(code)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.fc(x)

    with pytest.raises(TraceError, match=r"at layer 'fc \(Linear\)'.*sys\.exit") as caught:
        run(Exits(), torch.zeros(1, 8))
    assert repr(code) in caught.value.problem


def test_an_interrupt_passes() -> None:
    class Interrupted(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(Interrupted(), torch.zeros(1))


def test_only_the_error_of_the_real_run_counts() -> None:
    class Never(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise ValueError(f"on {x.device}")

    with pytest.raises(TraceError, match="ValueError: on cpu"):
        run(Never(), torch.zeros(1))


def test_a_model_without_values_that_reads_one_is_run_on_zeros() -> None:
    with torch.device("meta"):
        model = zoo.ItemBranch()
    graph = run(model, torch.zeros(1, 8))
    assert graph.notes == (READ_NOTE,)
    assert all(tensor.is_meta for tensor in model.parameters())


def test_what_is_no_model_is_told_so() -> None:
    with pytest.raises(NotAModelError, match="of type 'int'"):
        trace_model(3)  # type: ignore[arg-type]


def test_an_instance_takes_no_arguments() -> None:
    with pytest.raises(BuildError, match="takes no :args:"):
        trace_reference(Reference.parse("zoo:INSTANCE", args="3", input_shape="1, 8"))


def test_a_constructor_that_fails_on_meta_builds_really() -> None:
    graph = trace_reference(Reference.parse("tracing.models:Ramp", input_shape="1, 8")).graph
    assert flow(graph) == "input>fc fc>mul"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, of its own parts
def test_compiled_models_are_drawn_as_written() -> None:
    plain = zoo.Residual()
    wanted = run(plain, torch.zeros(1, 8))
    assert run(torch.compile(zoo.Residual(), backend="eager"), torch.zeros(1, 8)) == wanted
    plain.compile(backend="eager")
    assert run(plain, torch.zeros(1, 8)) == wanted
    inside = run(nn.Sequential(torch.compile(zoo.Residual(), backend="eager")), torch.zeros(1, 8))
    assert [scope.kind for scope in inside.scopes] == ["Sequential", "Residual"]
