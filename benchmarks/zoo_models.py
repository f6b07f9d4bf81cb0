"""Public models by others, built from their configurations without weights.

Each library is a function that yields names with functions that build.  Nothing here says how a
model is run: the inputs are found, as they are for a directive that names none.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import torch
from torch import nn

__all__ = ["INPUTS", "LIBRARIES", "Build", "with_torchvision"]

Build = Callable[[], nn.Module]


# --- torchvision ----------------------------------------------------------------------------------


def with_torchvision() -> None:
    """Let torchvision be imported beside a torch that it was not compiled for.

    Its models are Python; that its compiled operators exist is checked at its import only.
    """
    library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _KEPT.append(library)


_KEPT: list[object] = []
"""What would be undone if it were collected."""


def torchvision() -> Iterator[tuple[str, Build]]:
    """Yield one model of each family that needs no compiled operators."""
    from torchvision import models

    parts = (models, models.segmentation, models.video, models.optical_flow)
    names = [name for part in parts for name in models.list_models(module=part)]
    for name in _families(names):
        build = models.get_model_builder(name)
        parts_too = "weights_backbone" in inspect.signature(build).parameters
        none = {"weights": None} | ({"weights_backbone": None} if parts_too else {})
        yield name, partial(build, **none)


def _families(names: Iterable[str]) -> list[str]:
    """Return the first of those whose names are alike up to the first number."""
    families: dict[str, str] = {}
    for name in names:
        families.setdefault(re.split(r"\d", name)[0], name)
    return [*families.values()]


# --- torch ----------------------------------------------------------------------------------------


def torchs_own() -> Iterator[tuple[str, Build]]:
    """Yield layers of torch that are models, in their usual forms."""
    kind: Any
    for first in (False, True):
        form: dict[str, Any] = {"batch_first": first}
        words = " batch_first" if first else ""
        for kind in (nn.RNN, nn.LSTM, nn.GRU):
            yield f"{kind.__name__}{words}", partial(kind, 32, 64, 2, **form)
            name = f"{kind.__name__} bidirectional{words}"
            yield name, partial(kind, 32, 64, bidirectional=True, **form)
        yield f"LSTM projected{words}", partial(nn.LSTM, 32, 64, proj_size=16, **form)
        yield f"Transformer{words}", partial(nn.Transformer, 64, 4, 2, 2, 128, **form)
        for kind in (nn.TransformerEncoderLayer, nn.TransformerDecoderLayer):
            yield f"{kind.__name__}{words}", partial(kind, 64, 4, 128, **form)
            name = f"{kind.__name__} norm_first{words}"
            yield name, partial(kind, 64, 4, 128, norm_first=True, **form)
        yield f"TransformerEncoder{words}", partial(_stack, "Encoder", form)
        yield f"TransformerDecoder{words}", partial(_stack, "Decoder", form)
        yield f"MultiheadAttention{words}", partial(nn.MultiheadAttention, 64, 4, **form)
        bias: dict[str, Any] = {**form, "add_bias_kv": True, "add_zero_attn": True}
        yield f"MultiheadAttention bias{words}", partial(nn.MultiheadAttention, 64, 4, **bias)
    for cell in (nn.RNNCell, nn.LSTMCell, nn.GRUCell):
        yield cell.__name__, partial(cell, 32, 64)
    yield "Bilinear", partial(nn.Bilinear, 8, 9, 4)
    yield "EmbeddingBag", partial(nn.EmbeddingBag, 100, 16)


def _stack(kind: str, form: dict[str, Any]) -> nn.Module:
    layer = getattr(nn, f"Transformer{kind}Layer")(64, 4, 128, **form)
    stack: nn.Module = getattr(nn, f"Transformer{kind}")(layer, 3, nn.LayerNorm(64))
    return stack


# --- others ---------------------------------------------------------------------------------------


_TRANSFORMERS = """
    Albert AltCLIP AST Bart Beit Bert BigBird BigBirdPegasus BioGpt Bit Blenderbot BlenderbotSmall
    Blip Bloom BridgeTower Camembert Canine CLIP CLIPSeg CodeGen Cohere ConvBert ConvNext ConvNextV2
    CpmAnt CTRL Cvt Data2VecAudio Data2VecText Data2VecVision Deberta DebertaV2 DeiT Dinov2
    DistilBert DonutSwin DPT EfficientNet Electra Ernie Esm Falcon Flaubert Flava FNet FocalNet FSMT
    Funnel Gemma Gemma2 Git GLPN GPT2 GPTBigCode GPTNeo GPTNeoX GPTJ Granite GroupViT Hiera Hubert
    IBert ImageGPT Jamba LayoutLM LED Levit Llama Longformer LongT5 Luke Lxmert M2M100 Mamba Mamba2
    Marian MBart MegatronBert Mistral Mixtral MobileBert MobileNetV1 MobileNetV2 MobileViT
    MobileViTV2 MPNet Mpt MT5 Mvp Nystromformer Olmo OPT Owlv2 OwlViT Pegasus Perceiver Persimmon
    Phi Phi3 PLBart PoolFormer ProphetNet Pvt PvtV2 Qwen2 Qwen2Moe Qwen3 RecurrentGemma RegNet
    Reformer RemBert ResNet Roberta RoCBert RoFormer Rwkv Sam Segformer SEW SEWD Siglip Splinter
    SqueezeBert StableLm Starcoder2 SwiftFormer Swin Swinv2 Swin2SR SwitchTransformers T5
    Timesformer UMT5 UniSpeech VideoMAE Vilt VisualBert ViT ViTMAE ViTMSN VitDet Vivit Wav2Vec2
    WavLM Whisper XCLIP XGLM XLM XLMRoberta XLNet Xmod Yolos Yoso Zamba
"""
"""Families of all kinds: for text, images, sound and several of them, old and new."""


def transformers() -> Iterator[tuple[str, Build]]:
    """Yield the base models of many families, with few layers.

    All else is as in the default configuration: more layers would only be more of the same.
    """
    import transformers as library

    for name in _TRANSFORMERS.split():
        if hasattr(library, f"{name}Model"):
            yield name, partial(_from_config, f"{name}Model")


def _from_config(name: str) -> nn.Module:
    import transformers as library

    cls: Any = getattr(library, name)
    kind = cls.config_class
    model: nn.Module
    try:
        model = cls(kind(**{**_few(kind()), **_CHANGED.get(name, {})}))
    except Exception:  # noqa: BLE001 - some check their numbers against each other
        model = cls(kind())
    return model


_CHANGED: dict[str, dict[str, Any]] = {
    "EsmModel": {"vocab_size": 33, "pad_token_id": 1},  # it has none by default
    "XmodModel": {"default_language": "en_XX"},
    "JambaModel": {"num_hidden_layers": 8, "hidden_size": 512, "intermediate_size": 1024},
}

_FEW = {
    **dict.fromkeys(
        ("num_hidden_layers", "num_layers", "n_layer", "n_layers", "depth", "num_layer"), 4
    ),
    **dict.fromkeys(("encoder_layers", "decoder_layers", "num_decoder_layers"), 2),
    **dict.fromkeys(("num_experts", "num_local_experts", "n_routed_experts"), 16),
    **dict.fromkeys(("num_experts_per_tok", "moe_topk"), 2),
}


def _few(config: Any) -> dict[str, Any]:
    """Return what to change of a configuration, and of those inside it, to have few layers."""
    changes: dict[str, Any] = {}
    for name, value in vars(config).items():
        if type(value) is int and name in _FEW:
            changes[name] = min(value, _FEW[name])
        elif hasattr(value, "to_dict") and name.endswith("config") and (inner := _few(value)):
            changes[name] = inner
    return changes


_LEFT_OUT = ("jasper", "quartznet", "propainter")
"""Those that need librosa, or a compiled operator of torchvision."""


def pytorchcv() -> Iterator[tuple[str, Build]]:
    """Yield one model of each family, the first of those whose names differ in numbers only."""
    from pytorchcv import model_provider

    known = [name for name in model_provider._models if not name.startswith(_LEFT_OUT)]  # noqa: SLF001 - there is no other list
    for name in _families(known):
        yield name, partial(model_provider.get_model, name, pretrained=False)


def vit_pytorch() -> Iterator[tuple[str, Build]]:
    """Yield transformers for vision whose layers are functions of einops."""
    import vit_pytorch as library
    from vit_pytorch import (
        cait,
        cvt,
        deepvit,
        levit,
        max_vit,
        mobile_vit,
        nest,
        regionvit,
        twins_svt as twins,
        xcit,
    )

    size: dict[str, Any] = {"image_size": 224, "num_classes": 1000, "dim": 192, "depth": 12}
    heads: dict[str, Any] = {**size, "heads": 3, "mlp_dim": 768}
    yield "ViT", partial(library.ViT, patch_size=16, **heads)
    yield "SimpleViT", partial(library.SimpleViT, patch_size=16, **heads)
    yield "DeepViT", partial(deepvit.DeepViT, patch_size=16, **heads)
    yield "CaiT", partial(cait.CaiT, patch_size=16, cls_depth=2, **heads)
    yield "XCiT", partial(xcit.XCiT, patch_size=16, cls_depth=2, **heads)
    stages: dict[str, Any] = {"dim": (64, 128, 192), "heads": (2, 4, 6), "depth": 2, "mlp_mult": 2}
    yield "LeViT", partial(levit.LeViT, image_size=224, num_classes=10, **stages)
    yield "CvT", partial(cvt.CvT, num_classes=1000)
    yield "TwinsSVT", partial(twins.TwinsSVT, num_classes=1000)
    widths: dict[str, Any] = {"dim": (64, 128, 256, 512), "depth": (2, 2, 4, 2)}
    yield "RegionViT", partial(regionvit.RegionViT, num_classes=1000, window_size=7, **widths)
    blocks: dict[str, Any] = {"dim": 96, "heads": 3, "block_repeats": (2, 2, 4)}
    hierarchy = {"patch_size": 4, "num_hierarchies": 3, "num_classes": 1000}
    yield "NesT", partial(nest.NesT, image_size=224, **hierarchy, **blocks)
    form: dict[str, Any] = {"dim_conv_stem": 64, "dim": 64, "dim_head": 32, "depth": (2, 2)}
    yield "MaxViT", partial(max_vit.MaxViT, num_classes=1000, window_size=7, **form)
    channels = [16, 32, 48, 48, 64, 64, 80, 80, 96, 96, 384]
    yield (
        "MobileViT",
        partial(mobile_vit.MobileViT, (256, 256), [96, 120, 144], channels, num_classes=1000),
    )


def torch_geometric() -> Iterator[tuple[str, Build]]:
    """Yield networks on data graphs, whose layers pass messages along edges."""
    from torch_geometric import nn as library

    for name in ("GCN", "GraphSAGE", "GIN", "GAT", "PNA", "EdgeCNN"):
        more: dict[str, Any] = {}
        if name == "PNA":
            scalers = ["identity", "amplification"]
            more = {"aggregators": ["mean", "max"], "scalers": scalers, "deg": torch.ones(8).long()}
        yield name, partial(getattr(library, name), 16, 32, 3, 7, **more)
    for name in ("GATv2Conv", "TransformerConv", "ChebConv", "SGConv", "TAGConv", "GraphConv"):
        extra = {"K": 2} if name == "ChebConv" else {}
        yield name, partial(getattr(library, name), 16, 32, **extra)


def timm() -> Iterator[tuple[str, Build]]:
    """Yield one model of each file of the library."""
    import timm as library

    seen = set()
    for name in library.list_models():
        file = library.models.model_entrypoint(name).__module__
        if file not in seen:
            seen.add(file)
            yield name, partial(library.create_model, name, pretrained=False)


_KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "rotary": {"rotary_pos_emb": True},
    "alibi": {"alibi_pos_bias": True},
    "relative": {"rel_pos_bias": True},
    "dynamic": {"dynamic_pos_bias": True},
    "macaron": {"macaron": True},
    "gated residual": {"gate_residual": True},
    "residual attention": {"residual_attn": True},
    "hyper-connections": {"num_residual_streams": 4},
    "shifted": {"shift_tokens": 1},
    "U-Net": {"unet_skips": True},
    "flash": {"attn_flash": True},
    "sparse": {"attn_sparse_topk": 4},
}
"""Ways in which layers of attention differ."""


def x_transformers() -> Iterator[tuple[str, Build]]:
    """Yield decoders for text, each with another trick."""
    import x_transformers as library

    def build(**more: Any) -> nn.Module:
        layers = library.Decoder(dim=64, depth=4, heads=4, **more)
        text: nn.Module = library.TransformerWrapper(
            num_tokens=100, max_seq_len=64, attn_layers=layers
        )
        return text

    for name, more in _KINDS.items():
        yield name, partial(build, **more)


def _speech(*shape: int) -> Callable[[], tuple[Any, ...]]:
    return lambda: (torch.zeros(14, *shape), torch.full((14,), 3))


INPUTS: dict[str, Callable[[], Any]] = {
    "AST": lambda: torch.zeros(1, 1024, 128),
    "Lxmert": lambda: {
        "input_ids": torch.ones(1, 16).long(),
        "visual_feats": torch.zeros(1, 10, 2048),
        "visual_pos": torch.zeros(1, 10, 4),
    },
    "voca8flame": _speech(1, 16, 29),
    "nvpattexp116bazel76": _speech(8, 16, 29),
    "visemenet20": lambda: (torch.zeros(34, 8, 195), torch.full((34, 76), 3)),
}
"""What an author would name with ``:inputs:`` where no guess fits."""


LIBRARIES: dict[str, Callable[[], Iterator[tuple[str, Build]]]] = {
    "torch": torchs_own,
    "torchvision": torchvision,
    "transformers": transformers,
    "pytorchcv": pytorchcv,
    "vit_pytorch": vit_pytorch,
    "torch_geometric": torch_geometric,
    "timm": timm,
    "x_transformers": x_transformers,
}
