"""The architectures that the show-case draws, in plain PyTorch.

Each file holds one family and cites its paper. Only the architecture is kept: weights start from
PyTorch's defaults unless said otherwise, and training recipes are left out. Every model builds and
runs on the meta device, so drawing it allocates no memory.
"""

from .alexnet import AlexNet
from .autoencoder import Autoencoder
from .densenet import DenseNet, densenet121
from .googlenet import GoogLeNet, Inception
from .gpt2 import GPT2, gpt2_small
from .inputs import translation_batch
from .lenet import LeNet5
from .mixer import MLPMixer, mixer_s_16
from .mlp import MLP
from .mobilenet import MobileNetV2
from .resnet import BasicBlock, Bottleneck, ResNet, resnet18, resnet50
from .siamese import SiameseNet
from .tagger import BiLSTMTagger
from .transformer import Transformer
from .unet import UNet
from .vgg import VGG, vgg16
from .vit import VisionTransformer, vit_b_16

__all__ = [
    "GPT2",
    "MLP",
    "VGG",
    "AlexNet",
    "Autoencoder",
    "BasicBlock",
    "BiLSTMTagger",
    "Bottleneck",
    "DenseNet",
    "GoogLeNet",
    "Inception",
    "LeNet5",
    "MLPMixer",
    "MobileNetV2",
    "ResNet",
    "SiameseNet",
    "Transformer",
    "UNet",
    "VisionTransformer",
    "densenet121",
    "gpt2_small",
    "mixer_s_16",
    "resnet18",
    "resnet50",
    "translation_batch",
    "vgg16",
    "vit_b_16",
]
