"""A convolutional autoencoder."""

from torch import Tensor, nn


class Autoencoder(nn.Module):
    """An image squeezed into a short code and painted anew from it.

    G. E. Hinton and R. R. Salakhutdinov (2006), *Reducing the Dimensionality of Data with Neural
    Networks*; with convolutions as by J. Masci, U. Meier, D. Ciresan and J. Schmidhuber (2011),
    *Stacked Convolutional Auto-Encoders for Hierarchical Feature Extraction*.

    Strided convolutions shrink the image and transposed ones enlarge it, in mirror order; there is
    no pooling.

    Args:
        code_dim: Features of the code.

    Shape:
        Images ``(N, 1, 28, 28)`` to images ``(N, 1, 28, 28)`` with values from 0 to 1.
    """

    def __init__(self, code_dim: int = 64) -> None:
        """Build the encoder and its mirror image."""
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, code_dim, kernel_size=7),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(code_dim, 32, kernel_size=7),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 16, kernel_size=3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(16, 1, kernel_size=3, stride=2, padding=1, output_padding=1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the images as the decoder remembers them."""
        x = self.encoder(x)
        x = self.decoder(x)
        return x
