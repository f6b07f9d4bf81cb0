"""The models of the usage examples in the paper on VisualTorch (2024), as they stand there."""

from torch import Tensor, nn


class SimpleCNN(nn.Module):
    """Three convolutions, each with a pooling, and two linear layers.

    W. F. Hendria and P. Gavrikov (2024), *VisualTorch: Streamlining Visualization for PyTorch
    Neural Network Architectures*.

    Shape:
        ``(N, 3, 224, 224)`` to ``(N, 10)``.
    """

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2d(32, 64, kernel_size=3, padding=1)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(2, 2)
        self.fc1 = nn.Linear(64 * 28 * 28, 256)
        self.fc2 = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        x = self.maxpool(self.relu(self.conv1(x)))
        x = self.maxpool(self.relu(self.conv2(x)))
        x = self.maxpool(self.relu(self.conv3(x)))
        x = x.view(x.size(0), -1)
        x = self.fc2(self.relu(self.fc1(x)))
        return x


def simple_lenet() -> nn.Sequential:
    """Two convolutions, each with a pooling; for images of 128 × 128 pixels."""
    return nn.Sequential(
        nn.Conv2d(3, 8, kernel_size=3, padding=1),
        nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Conv2d(8, 16, kernel_size=3, padding=1),
        nn.MaxPool2d(kernel_size=2, stride=2),
    )


class SimpleDense(nn.Module):
    """Four linear layers with nothing between them.

    Shape:
        ``(N, 4)`` to ``(N, 2)``.
    """

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.h0 = nn.Linear(4, 8)
        self.h1 = nn.Linear(8, 8)
        self.h2 = nn.Linear(8, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return two numbers."""
        x = self.h0(x)
        x = self.h1(x)
        x = self.h2(x)
        x = self.out(x)
        return x
