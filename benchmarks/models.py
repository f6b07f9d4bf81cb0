"""The twenty models that are drawn three ways: the show-case's, and other sizes of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MODELS", "Model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of the package ``architectures`` with the call, the inputs and the style."""

    name: str
    target: str
    args: str = ""
    kwargs: str = ""
    shape: str = "1, 3, 224, 224"
    dtype: str = ""
    style: str = "layered"


MODELS = (
    Model(name="LeNet-5", target="lenet:LeNet5", shape="1, 1, 32, 32", style="lenet"),
    Model(name="AlexNet", target="alexnet:AlexNet"),
    Model(name="VGG-11", target="vgg:VGG", args="(1, 1, 2, 2, 2)"),
    Model(name="VGG-16", target="vgg:vgg16"),
    Model(name="VGG-19", target="vgg:VGG", args="(2, 2, 4, 4, 4)"),
    Model(name="GoogLeNet", target="googlenet:GoogLeNet"),
    Model(name="ResNet-18", target="resnet:resnet18"),
    Model(name="ResNet-50", target="resnet:resnet50"),
    Model(name="DenseNet-121", target="densenet:densenet121"),
    Model(name="DenseNet-169", target="densenet:DenseNet", args="(6, 12, 32, 32)"),
    Model(name="MobileNetV2", target="mobilenet:MobileNetV2"),
    Model(
        name="ViT-S/16",
        target="vit:VisionTransformer",
        kwargs="dim=384, num_heads=6",
        style="graph",
    ),
    Model(name="ViT-B/16", target="vit:vit_b_16", style="graph"),
    Model(name="Mixer-S/16", target="mixer:mixer_s_16", style="graph"),
    Model(name="U-Net", target="unet:UNet", shape="1, 3, 256, 256"),
    Model(name="Autoencoder", target="autoencoder:Autoencoder", shape="1, 1, 28, 28"),
    Model(
        name="Siamese network",
        target="siamese:SiameseNet",
        shape="1, 1, 105, 105; 1, 1, 105, 105",
        style="graph",
    ),
    Model(
        name="BiLSTM tagger",
        target="tagger:BiLSTMTagger",
        shape="1, 12",
        dtype="long",
        style="graph",
    ),
    Model(name="GPT-2 small", target="gpt2:gpt2_small", shape="1, 64", dtype="long", style="graph"),
    Model(
        name="Transformer",
        target="transformer:Transformer",
        shape="1, 10; 1, 8",
        dtype="long",
        style="graph",
    ),
)
