#!/usr/bin/env python3
"""Trains the network, and measures it on images it has not seen.

train.py             trains, then writes weights.bin, and the held-out images and their labels to ../../inputs/digits
train.py --measure   only measures the weights that are there

Needs numpy and scikit-learn (requirements.txt). Everything random has a fixed seed, but sums are grouped differently by
other processors and versions of numpy, so that weights trained elsewhere may differ in their last digits and the accuracy
by an image or two. The weights in the repository are those of one run.
"""

import os

# One thread: how many there are would decide how sums are grouped.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent
WEIGHTS = HERE / "weights.bin"
INPUTS = HERE / "../../inputs/digits"
SEED = 7
HELD_OUT = 500
PER_TASK = 50
EPOCHS, BATCH, RATE, DECAY = 60, 32, 2e-3, 1e-4

# In the order of the file: convolutions as row, column, input channel, output channel; then the dense layer.
SHAPES = [(3, 3, 1, 16), (16,), (3, 3, 16, 32), (32,), (4 * 4 * 32, 10), (10,)]


def data():
    """Images as 8 x 8 brightnesses from 0 to 16; of each digit the same share is held out."""
    digits = load_digits()
    images = digits.images.astype(np.float32)
    return train_test_split(images, digits.target, test_size=HELD_OUT, random_state=SEED, stratify=digits.target)


def initial(random):
    """He's initialisation; biases are 0."""
    return [
        (random.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1])) if len(shape) > 1 else np.zeros(shape)).astype(
            np.float32
        )
        for shape in SHAPES
    ]


def patches(x):
    """The 3 x 3 surroundings of each pixel, 0 beyond the border."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    height, width = x.shape[1:3]
    views = [padded[:, i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return np.stack(views, axis=3)  # image, row, column, neighbour, channel


def spread(gradient, shape):
    """The transpose of `patches`."""
    padded = np.zeros((shape[0], shape[1] + 2, shape[2] + 2, shape[3]), np.float32)
    for k in range(9):
        i, j = divmod(k, 3)
        padded[:, i : i + shape[1], j : j + shape[2]] += gradient[:, :, :, k]
    return padded[:, 1:-1, 1:-1]


def forward(weights, images):
    """Logits, and what the way back needs."""
    w1, b1, w2, b2, w3, b3 = weights
    x0 = (images / 16)[..., None]
    p1 = patches(x0)
    h1 = np.maximum(np.tensordot(p1, w1.reshape(9, 1, 16), 2) + b1, 0)
    blocks = h1.reshape(-1, 4, 2, 4, 2, 16)
    x1 = blocks.max(axis=(2, 4))
    p2 = patches(x1)
    h2 = np.maximum(np.tensordot(p2, w2.reshape(9, 16, 32), 2) + b2, 0)
    flat = h2.reshape(len(images), -1)
    return flat @ w3 + b3, (p1, h1, blocks, x1, p2, h2, flat)


def backward(weights, kept, gradient):
    _, _, w2, _, w3, _ = weights
    p1, h1, blocks, x1, p2, h2, flat = kept
    g_w3, g_b3 = flat.T @ gradient, gradient.sum(0)
    g_h2 = (gradient @ w3.T).reshape(h2.shape) * (h2 > 0)
    g_w2, g_b2 = np.tensordot(p2, g_h2, ((0, 1, 2), (0, 1, 2))), g_h2.sum((0, 1, 2))
    g_x1 = spread(np.tensordot(g_h2, w2.reshape(9, 16, 32), ((3,), (2,))), x1.shape)
    largest = blocks == x1[:, :, None, :, None]
    g_h1 = (largest * g_x1[:, :, None, :, None]).reshape(h1.shape) * (h1 > 0)
    g_w1, g_b1 = np.tensordot(p1, g_h1, ((0, 1, 2), (0, 1, 2))), g_h1.sum((0, 1, 2))
    return [g_w1.reshape(SHAPES[0]), g_b1, g_w2.reshape(SHAPES[2]), g_b2, g_w3, g_b3]


def shifted(images, random):
    """Each image moved by up to one pixel in each direction: there are few to learn from."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    moves = random.integers(0, 3, (len(images), 2))
    return np.stack([image[i : i + 8, j : j + 8] for image, (i, j) in zip(padded, moves)])


def train(images, labels):
    random = np.random.default_rng(SEED)
    weights = initial(random)
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    step = 0
    for epoch in range(EPOCHS):
        rate = RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        order = random.permutation(len(images))
        for batch in np.array_split(order, len(images) // BATCH):
            logits, kept = forward(weights, shifted(images[batch], random))
            odds = np.exp(logits - logits.max(1, keepdims=True))
            gradient = odds / odds.sum(1, keepdims=True)
            gradient[np.arange(len(batch)), labels[batch]] -= 1
            gradients = backward(weights, kept, gradient / len(batch))
            step += 1
            # Adam, with weight decay apart from it.
            for w, g, m, v in zip(weights, gradients, first, second):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                w -= rate * (m / (1 - 0.9**step) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8) + DECAY * w)
    return weights


def read_weights():
    numbers = np.frombuffer(WEIGHTS.read_bytes(), "<f4")
    cuts = np.cumsum([np.prod(shape) for shape in SHAPES])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(numbers, cuts), SHAPES)]


def write_inputs(images, labels):
    INPUTS.mkdir(parents=True, exist_ok=True)
    lines = [" ".join(str(int(pixel)) for pixel in image.ravel()) for image in images]
    (INPUTS / "held-out.txt").write_text(f"images-per-task {PER_TASK}\n" + "\n".join(lines) + "\n")
    (INPUTS / "held-out.labels").write_text("\n".join(map(str, labels)) + "\n")


def measure(weights, name, images, labels):
    right = int((forward(weights, images)[0].argmax(1) == labels).sum())
    print(f"{name}: {right} of {len(images)} right, {100 * right / len(images):.2f} %")


def main():
    images, held_out, labels, held_out_labels = data()
    if sys.argv[1:] == []:
        weights = train(images, labels)
        WEIGHTS.write_bytes(b"".join(w.astype("<f4").tobytes() for w in weights))
        write_inputs(held_out, held_out_labels)
    elif sys.argv[1:] != ["--measure"]:
        sys.exit(__doc__)
    measure(read_weights(), "trained on", images, labels)
    measure(read_weights(), "held out", held_out, held_out_labels)


if __name__ == "__main__":
    main()
