"""A bidirectional LSTM that labels every word."""

from torch import Tensor, nn


class BiLSTMTagger(nn.Module):
    """A sequence tagger: embedding, bidirectional LSTM, linear layer.

    A. Graves and J. Schmidhuber (2005), *Framewise Phoneme Classification with Bidirectional LSTM
    and Other Neural Network Architectures*; for words as by Z. Huang, W. Xu and K. Yu (2015),
    *Bidirectional LSTM-CRF Models for Sequence Tagging*, there the model called BI-LSTM.

    Args:
        vocab_size: Number of words.
        embedding_dim: Features of a word.
        hidden_dim: Features of the LSTM in each direction.
        num_tags: Number of tags; 17 are the universal parts of speech.

    Shape:
        Word ids ``(N, L)`` of dtype long to logits ``(N, L, num_tags)``.
    """

    def __init__(
        self,
        vocab_size: int = 10000,
        embedding_dim: int = 100,
        hidden_dim: int = 128,
        num_tags: int = 17,
    ) -> None:
        """Build the three layers."""
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(2 * hidden_dim, num_tags)

    def forward(self, words: Tensor) -> Tensor:
        """Return the logits of the tags of each word."""
        features, _ = self.lstm(self.embedding(words))
        logits: Tensor = self.tag(features)
        return logits
