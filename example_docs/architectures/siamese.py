"""A siamese network: two images, one encoder."""

import torch
from torch import Tensor, nn


class SiameseNet(nn.Module):
    """Two images through one shared encoder, compared feature by feature.

    G. Koch, R. Zemel and R. Salakhutdinov (2015), *Siamese Neural Networks for One-shot Image
    Recognition*; the idea of the twin is by J. Bromley et al. (1994), *Signature Verification using
    a "Siamese" Time Delay Neural Network*.

    Shape:
        Two images ``(N, 1, 105, 105)`` each to logits ``(N, 1)`` of their being of one class.
    """

    def __init__(self) -> None:
        """Build the encoder and the head."""
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 64, kernel_size=10),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=2),
            nn.Conv2d(64, 128, kernel_size=7),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=2),
            nn.Conv2d(128, 128, kernel_size=4),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=2),
            nn.Conv2d(128, 256, kernel_size=4),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(256 * 6 * 6, 4096),
            nn.Sigmoid(),
        )
        self.head = nn.Linear(4096, 1)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return how alike the two images of each pair are."""
        distance = torch.abs(self.encoder(first) - self.encoder(second))
        logits: Tensor = self.head(distance)
        return logits
