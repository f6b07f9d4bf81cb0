# ruff: noqa: SLF001 - modes, versions and the modules' parts have private names only
"""The recorder: sees every module call and every tensor function of one forward pass.

Two global module hooks and one ``TorchFunctionMode`` do it; nothing in torch is patched and no
tensor is of a special class.  Work of other threads is ignored.  The recorder writes records
(:mod:`.records`) and knows nothing of names, roles and the graph.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.nn.utils.parametrize import is_parametrized
from torch.overrides import TorchFunctionMode

from sphinx_visualtorch.tracing.describe import class_shown
from sphinx_visualtorch.tracing.devices import placed
from sphinx_visualtorch.tracing.feeds import Feeds, Leaf, add_results
from sphinx_visualtorch.tracing.flops import Counting, counted
from sphinx_visualtorch.tracing.functions import (
    FETCHES,
    HOUSEKEEPING,
    LEAVES,
    PICKLES,
    READS,
    SILENT,
    is_pickling,
    is_torch,
    is_unpickling,
    kind_of,
    literals,
    sizes_by_value,
)
from sphinx_visualtorch.tracing.gather import KNOWN, parts, tensors, with_aliases
from sphinx_visualtorch.tracing.held import Unregistered, modules_by_path
from sphinx_visualtorch.tracing.origins import Origins
from sphinx_visualtorch.tracing.records import Call, Failure, Op, Raw, Recording, raw
from sphinx_visualtorch.tracing.seam import in_words
from sphinx_visualtorch.tracing.writes import declared, uncounted, versions, written

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle
    from typing_extensions import Self

__all__ = [
    "BATCH_NOTE",
    "BELOW_NOTE",
    "FAILED_NOTE",
    "LEFT_NOTE",
    "READ_NOTE",
    "SCRIPT_NOTE",
    "SIZE_NOTE",
    "THREAD_NOTE",
    "Recorder",
]

READ_NOTE = "the forward pass reads a tensor's value; the branch taken is drawn"
FAILED_NOTE = "the forward pass did not come to its end; it raised"
SIZE_NOTE = "some sizes depend on a tensor's values; they are those of the pass that was traced"
SCRIPT_NOTE = "what torch.jit has compiled is drawn as one layer"
BELOW_NOTE = "some operations are compiled: they are drawn as torch runs them, not as written"
BATCH_NOTE = "inside torch.vmap, shapes are those of one element of the batch"
THREAD_NOTE = "the forward pass calls layers in threads of its own; they are not drawn"
LEFT_NOTE = "the forward pass takes values out of torch; what is done to them there is not drawn"

_NO_TORCH_FUNCTION = torch._C.DisableTorchFunction


def _is_tensor(kind: type) -> bool:
    return issubclass(kind, Tensor)


class Recorder(TorchFunctionMode):
    """Records what happens between ``with`` and its end in this thread.

    *device* is where tensors are made that the author's code makes without naming a device.
    *reached* is told which layer is being called.
    """

    def __init__(
        self,
        model: nn.Module,
        device: torch.device | None = None,
        reached: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.device = device
        self.flops = 0
        self.paths = {id(module): path for path, module in modules_by_path(model)}
        self.notes: list[str] = []
        self.ops: list[Op] = []
        self.calls: list[Call] = []
        self.root = Call(model, "", None, 0)
        self._origins = Origins(model, self.ops)
        self._feeds = Feeds(self._origins)
        self.failed: Failure | None = None
        self._running: Failure | None = None
        self._begun = self._muted = self._aside = self._pickles = False
        self._entered = False
        self._hidden: list[nn.Module] = []
        self._called: set[int] = set()
        self._reached = reached
        self._kept: list[Any] = []
        self._unregistered = Unregistered()
        self._thread = threading.get_ident()
        self._hooks: list[RemovableHandle] = []

    # --- switching on and off ---------------------------------------------------------------------

    def __enter__(self) -> Self:
        hooks = nn.modules.module
        self._hooks = [
            hooks.register_module_forward_pre_hook(self._enter_module),
            hooks.register_module_forward_hook(
                self._leave_module, with_kwargs=True, always_call=True
            ),
        ]
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        for hook in self._hooks:
            hook.remove()

    # --- rules ------------------------------------------------------------------------------------

    def is_leaf(self, module: nn.Module) -> bool:
        """Say whether *module* is drawn as one box and what happens inside is not looked at.

        Other modules are looked into, and are leaves if no module is called inside.  Override it
        to stop earlier; called once for each call.
        """
        children = module._modules
        if not children:
            return is_torch(type(module))
        if "parametrizations" in children:
            return len(children) == 1 and is_parametrized(module)
        return False

    # --- sources ----------------------------------------------------------------------------------

    def begin(self, named: list[tuple[str, Tensor]]) -> None:
        """Start with the model's inputs; call it before the model, with the mode on.

        A model that is called in a way of its own need not come to its hooks.
        """
        with _NO_TORCH_FUNCTION():
            for name, tensor in named:
                if self._origins.flow.producer(tensor) is None:
                    self._origins.source("input", name, tensor, self.root)
        self._begun = True

    def end(self, output: Any) -> Recording:
        """Finish with what the model returned; call it with the mode off."""
        made = tensors([output], [])
        return self._recording([self._origins.maker(tensor, self.root).now() for tensor in made])

    def partial(self, error: BaseException) -> Recording | None:
        """Finish after *error*, with what had been done and the call that raised it."""
        if (failure := self._failure()) is None:
            return None
        with _NO_TORCH_FUNCTION():
            op = self._failed_op(failure, type(error))
        self.ops.append(op)
        self._say(f"{FAILED_NOTE} {in_words(error)}")
        recording = self._recording([])
        recording.failed = op
        return recording

    def _failed_op(self, failure: Failure, error: type[BaseException]) -> Op:
        call, outer = failure.call, failure.call.parent or failure.call
        if failure.function is not None:
            outer = call
            op = Op("function", call, call.below(kind_of(failure.function)), failure.function)
        elif call.leaf or len(self.ops) == call.start:
            op = Op("module", outer, call.path or class_shown(call.module).__name__, call.module)
        else:
            # between two operations: it hangs on the one before, after which it came
            op = Op("function", call, call.below(error.__name__), error)
            op.feeds = [(self.ops[-1], spec) for spec in self.ops[-1].outputs]
            return op
        feeds = {id(one): (self._origins.maker(one, outer), raw(one)) for one in failure.given}
        op.feeds = list(feeds.values())
        op.inputs = [raw(one) for one in failure.given]
        return op

    def _recording(self, outputs: list[Op]) -> Recording:
        called = frozenset(self._called)
        if self._origins.flow.batched:
            self._say(BATCH_NOTE)
        return Recording(self.root, self.ops, outputs, self.notes, self.flops, called)

    # --- modules ----------------------------------------------------------------------------------

    def _enter_module(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        if threading.get_ident() != self._thread:
            if id(module) in self.paths:  # the model is ours: nobody else calls its layers
                self._say(THREAD_NOTE)
            return
        self._called.add(id(module))
        if self._muted:
            self._hidden.append(module)
            return
        with _NO_TORCH_FUNCTION():
            call = self._call(module)
            call.given = tensors(args, call.given)
            call.versions = versions(call.given)
            call.makers = [self._origins.flow.producer(tensor) for tensor in call.given]
            self.calls.append(call)
            self._running = None
            if self._reached is not None:
                self._reached(f"layer {call.path!r}" if call.path else "its forward")
            if self.is_leaf(module) and self._is_whole(call):
                call.leaf = self._muted = True
        call.flops = self.flops
        if isinstance(module, torch.jit.ScriptModule):
            self._say(SCRIPT_NOTE)
            call.counting = Counting()
            call.counting.__enter__()

    def _call(self, module: nn.Module) -> Call:
        if not self._entered:
            self._entered = True
            if module is self.model:
                self.root.start = len(self.ops)
                return self.root
        parent = self.calls[-1] if self.calls else self.root  # in a hook of the root's own
        parent.inside = True
        return Call(module, self._path(module, parent), parent, len(self.ops))

    @staticmethod
    def _is_whole(call: Call) -> bool:
        """Say whether *call* may be a leaf: the author's own model is always looked into."""
        return call.parent is not None or is_torch(class_shown(call.module))

    def _leave_module(self, module: nn.Module, _args: Any, *rest: Any) -> Any:
        if threading.get_ident() != self._thread:
            return None
        if self._hidden and self._hidden[-1] is module:
            self._hidden.pop()
            return None
        if not self.calls or self.calls[-1].module is not module:
            if not any(call.module is module for call in self.calls):
                return None  # an earlier hook raised before this call was written down
            while self.calls[-1].module is not module:  # ended by what torch shows to no hook
                self.calls.pop()
        call = self.calls.pop()
        self._muted = False
        self._hidden.clear()
        if call.counting is not None:
            call.counting.__exit__(None, None, None)
            self.flops += call.counting.total
        if len(rest) == 1:  # an exception is in flight; torch leaves the keyword arguments out
            self._note_failure(call)
            return None
        self.failed = self._running = None
        if call.leaf or (not call.inside and self._is_whole(call)):
            with _NO_TORCH_FUNCTION():
                output = self._leaf(call, *rest)
        else:
            output = None  # the author's own stays
        call.forget()
        return output

    def _leaf(self, call: Call, kwargs: dict[str, Any], output: Any) -> Any:
        """Write down a leaf call in place of all that was recorded inside; return its output."""
        inner = self.ops[call.start :]
        del self.ops[call.start :]
        outer = call.parent or call
        op = Op("module", outer, call.path or class_shown(call.module).__name__, call.module)
        op.flops = self.flops - call.flops
        for part in inner:
            part.merged = op
            # what was written since is the leaf's now
            if part.kind in ("parameter", "constant") and (
                self._origins.flow.producer(part.subject) is part
            ):
                self._origins.flow.forget(part.subject)
        named = tensors(kwargs.values(), []) if kwargs else []
        leaf = Leaf(call, inner, named, output)
        passed = tensors([output], []) if self._feeds.is_kept(leaf) else []
        self._feeds.fill(op, leaf)
        changed = written(call.given, call.versions)
        if named and getattr(call.module, "inplace", False) is True:
            changed.update(map(id, named))
        self.ops.append(op)
        return self._note_results(op, [*call.given, *named, *passed], changed, output)

    def _note_results(self, op: Op, given: list[Tensor], changed: set[int], output: Any) -> Any:
        """Note what *op* made and wrote; return its output, passed-through tensors made new."""
        passed = {id(tensor) for tensor in given if id(tensor) not in changed}
        if passed:
            # else what reads the result could not be told from what reads the argument
            self._aside = True
            output = with_aliases(output, passed)
            self._aside = False
        for tensor in tensors([output], []):
            op.outputs.append(raw(tensor))
            if id(tensor) not in changed:
                self._origins.flow.made(tensor, op)
            if type(tensor) not in KNOWN:
                for part in parts(tensor):
                    if self._origins.flow.producer(part) is None:
                        self._origins.flow.made(part, op)
                self._kept.append(tensor)  # as_subclass, which nobody sees, looks for its kin
        if changed:
            for tensor in given:
                if id(tensor) in changed:
                    before = self._origins.flow.wrote(tensor, op)
                    op.feeds += [(maker, raw(larger)) for maker, larger in before]
        return output

    def _path(self, module: nn.Module, parent: Call) -> str:
        path = self.paths.get(id(module))
        if path is None:
            path = parent.below(
                self._unregistered.name(parent.module, module) or type(module).__name__
            )
            for name, child in modules_by_path(module, path):
                self.paths.setdefault(id(child), name)
            self._kept.append(module)  # its id must not be given to another module
        return path

    def _note_failure(self, call: Call) -> None:
        if self._running is not None and not call.leaf:
            self.failed = self._running
        elif self.failed is None:
            self.failed = Failure(call, call.given)
        self._running = None

    def _failure(self) -> Failure | None:
        if self.failed is None and self.calls:
            self._note_failure(self.calls[-1])
        return self.failed

    def reached(self) -> tuple[str, list[Tensor]]:
        """Return the innermost operation that was reached, in words, and what it was given."""
        if (failure := self._failure()) is None:
            return "", []
        call = failure.call
        if failure.function is not None:
            return call.below(kind_of(failure.function)), failure.given
        kind = class_shown(call.module).__name__
        return f"{call.path} ({kind})" if call.path else kind, failure.given

    # --- functions --------------------------------------------------------------------------------

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        func, args, kwargs = placed(func, args, kwargs or {}, self.device)
        if func in SILENT or not self._begun:
            if func in PICKLES and self._begun and not self._muted and is_pickling():
                self._pickles = True
                self._origins.pickled(args[0], self.calls[-1] if self.calls else self.root)
            return func(*args, **kwargs)
        if self._muted:
            output, flops = counted(func, args, kwargs)
            self.flops += flops
            return output
        if self._pickles and is_unpickling(func):
            output = func(*args, **kwargs)
            made = output if isinstance(output, Tensor) else args[0]
            self._origins.unpickled(made, self.calls[-1] if self.calls else self.root)
            return output
        if types and not all(map(_is_tensor, types)):
            return self._by_others(func, types, args, kwargs)
        return self._function(func, args, kwargs)

    def _by_others(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Leave *func* to the classes that are no tensors and take it over, and look on.

        Torch would ask them, too, but with this mode off.
        """
        super().__enter__()  # type: ignore[no-untyped-call]
        try:
            for kind in types:
                if not _is_tensor(kind):
                    output = kind.__torch_function__(func, types, args, kwargs)
                    if output is not NotImplemented:
                        return output
        finally:
            super().__exit__(None, None, None)  # type: ignore[no-untyped-call]
        return self._function(func, args, kwargs)

    def operation(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Run what the dispatcher runs; it is written down where no function or layer does it."""
        known = self._muted or self._aside or self._running is not None or not self._begun
        if known or (self.calls and self.calls[-1].counting is not None):
            return func(*args, **kwargs)
        self._say(BELOW_NOTE)
        return self._function(func, args, kwargs)

    def _function(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        call = self.calls[-1] if self.calls else self.root  # in a hook of the root's own
        given = tensors(args, [])
        if kwargs:
            tensors(kwargs.values(), given)
        before = versions(given)
        self._running = Failure(call, given, func)
        inside = len(self.ops)
        output, flops = counted(func, args, kwargs)
        self.flops += flops
        self._running = None
        self.failed = None
        changed = written(given, before)
        if isinstance(func, OpOverload):
            changed |= declared(func, args, kwargs)
            if func.namespace == "prims":  # of which torch makes others, below what it shows
                self._say(BELOW_NOTE)
        elif given and not changed:
            changed = uncounted(func, args, kwargs)
        made = tensors([output], [])
        if not changed and self._is_nothing(func, given, made):
            return output
        kind = kind_of(func)
        op = Op("function", call, call.below(kind), func)
        op.flops = flops
        op.inputs = [raw(tensor) for tensor in given]
        feeds: dict[int, tuple[Op, Raw]] = {}
        for tensor, spec in zip(given, op.inputs, strict=True):
            feeds[id(tensor)] = (self._origins.maker(tensor, call), spec)
        op.feeds = list(feeds.values())
        if len(self.ops) > inside:
            add_results(op, self.ops[inside:])
        if self._origins.left and func in FETCHES and not given:
            data = args[0] if args else kwargs.get("data")
            if not isinstance(data, int | float):
                op.feeds = self._origins.lately()
                op.inputs = [spec for _, spec in op.feeds]
        if sizes_by_value(func, given):
            self._say(SIZE_NOTE)
        op.texts = literals(args, kwargs)
        self.ops.append(op)
        return self._note_results(op, given, changed, output)

    def _say(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _is_nothing(
        self, func: Callable[..., Any], given: list[Tensor], made: list[Tensor]
    ) -> bool:
        """Say whether a call that wrote nothing did nothing that can be drawn."""
        if not made:
            self._feeds.asked.update(filter(None, map(self._origins.flow.producer, given)))
            if given and func in LEAVES:
                call = self.calls[-1] if self.calls else self.root
                self._origins.left.update(
                    (self._origins.maker(one, call), raw(one)) for one in given
                )
                self._say(LEFT_NOTE)
            elif given and func in READS:
                self._say(READ_NOTE)
            return True
        return func in HOUSEKEEPING and any(made[0] is tensor for tensor in given)
