#!/usr/bin/env python3
"""Learns the tables of src/index/local_code_tables.cc from what local_pairs wrote. Needs NumPy (python3-numpy).

usage: local_training.py PREFIX OUT.cc

Only photos with an even number are learned from; the rest is left for measuring.
1. Ranks of the cells from the bits; total covariance of ranks over covariance of the difference of true partners:
   generalised eigenvectors, the 24 with the largest ratio, scaled so that the partners' noise has variance 1.
2. Three parts of 8 dimensions with nearly equal products of variances; k-means with 256 codewords in each, ordered by
   splitting along the first principal axis again and again.
3. Signature bits: greedily, among points that fall into the probed cells, those whose sum tells partners from strangers
   best (difference of means squared over the sum of variances).
"""
import sys

import numpy as np

DIMS, PARTS, WORDS, SIGNATURE, PROBES = 24, 3, 256, 32, 200
rng = np.random.default_rng(1)


def rank_matrix():
    rows, base = [], 0
    for side in (2, 3, 4):
        cells = side * side
        for _ in range(3):
            rows += [(base + a, base + b) for a in range(cells) for b in range(a + 1, cells)]
            base += cells
    matrix = np.zeros((len(rows), base), np.float32)
    for i, (a, b) in enumerate(rows):
        matrix[i, a], matrix[i, b] = 1, -1
    return matrix


RANKS = rank_matrix()


def bits(descriptors):
    return np.unpackbits(descriptors, axis=1, bitorder='little')[:, :len(RANKS)]


def ranks(b):
    return (b.astype(np.float32) * 2 - 1) @ RANKS


def nearest(x, words):
    out, squares = np.empty(len(x), int), (words * words).sum(1)
    for i in range(0, len(x), 20000):
        out[i:i + 20000] = np.argmin(squares - 2 * x[i:i + 20000] @ words.T, 1)
    return out


def kmeans(x, count, rounds):
    words = x[rng.permutation(len(x))[:count]].copy()
    for _ in range(rounds):
        at = nearest(x, words)
        sizes, sums = np.bincount(at, minlength=count), np.zeros_like(words)
        np.add.at(sums, at, x)
        words[sizes > 0] = sums[sizes > 0] / sizes[sizes > 0][:, None]
        words[sizes == 0] = x[rng.permutation(len(x))[:(sizes == 0).sum()]]
    return words


def ordered(words, which):
    if len(which) == 1:
        return list(which)
    x = words[which] - words[which].mean(0)
    order = np.argsort(x @ np.linalg.svd(x, full_matrices=False)[2][0], kind='stable')
    half = len(which) // 2
    return ordered(words, which[order[:half]]) + ordered(words, which[order[half:]])


def probed(query, books):
    """Squared distances to the codewords of each part, and the reach that holds PROBES cells."""
    distances = [((query[part] - words)**2).sum(1) for part, words in books]
    near = [np.sort(d)[:80] for d in distances]
    sums = np.sort((near[0][:, None] + near[1][None]).ravel())[:1000]
    return distances, np.partition((sums[:, None] + near[2][None]).ravel(), PROBES)[:PROBES].max()


def lines(numbers):
    out, line = [], '   '
    for number in numbers:
        if len(line) + len(f' {number},') > 120:
            out.append(line)
            line = '   '
        line += f' {number},'
    return '\n'.join(out + [line]) + '\n'


def main(prefix, out):
    stored = np.fromfile(prefix + '.stored', np.dtype([('photo', '<i4'), ('d', 'u1', 64)]))
    seen = np.fromfile(prefix + '.queries', np.dtype([('photo', '<i4'), ('edit', '<i4'), ('partner', '<i4'),
                                                      ('distance', '<i4'), ('d', 'u1', 64)]))
    stored = stored[np.argsort(stored['photo'], kind='stable')]
    photos, first = np.unique(stored['photo'], return_index=True)
    start = dict(zip(photos, first))
    pairs = np.where((seen['partner'] >= 0) & (seen['distance'] < 150) & (seen['photo'] % 2 == 0))[0]
    pairs = np.concatenate([rng.permutation(pairs[seen['edit'][pairs] == e])[:2500] for e in np.unique(seen['edit'])])
    partner = np.array([start[seen['photo'][i]] + seen['partner'][i] for i in pairs])
    stored_bits, query_bits = bits(stored['d']), bits(seen['d'][pairs])
    even = stored['photo'] % 2 == 0

    x = ranks(stored_bits)
    mean = x[even].mean(0)
    apart = ranks(query_bits) - x[partner]
    noise = apart.T @ apart / len(apart) / 2
    noise += 1e-3 * np.trace(noise) / len(noise) * np.eye(len(noise))
    root = np.linalg.inv(np.linalg.cholesky(noise))
    ratio, vectors = np.linalg.eigh(root @ np.cov((x[even] - mean).T) @ root.T)
    w = vectors[:, np.argsort(-ratio)].T @ root
    print('variance between points over that of partners:', np.round(np.sort(ratio)[::-1][:DIMS], 1))
    offset = mean @ w.T + np.median((x[even] - mean) @ w.T, 0)
    y, q = x @ w.T - offset, ranks(query_bits) @ w.T - offset

    more = rng.permutation(np.where(seen['photo'] % 2 == 0)[0])[:150000]
    train = np.concatenate([y[even], ranks(bits(seen['d'][more])) @ w.T - offset]).astype(np.float32)
    parts, logs = [[] for _ in range(PARTS)], np.zeros(PARTS)
    for dim in range(DIMS):
        part = min((i for i in range(PARTS) if len(parts[i]) < DIMS // PARTS), key=lambda i: logs[i])
        parts[part].append(dim)
        logs[part] += np.log(1 + train[:, dim].var())
    books = []
    for part in parts:
        words = kmeans(train[:, part], WORDS, 18)
        books.append((part, words[ordered(words, np.arange(WORDS))]))

    cells = [nearest(y[:, part], words) for part, words in books]
    true, false = [], []
    for i in rng.permutation(len(pairs))[:4000]:
        distances, reach = probed(q[i], books)
        cost = sum(d[cell] for d, cell in zip(distances, cells))
        if cost[partner[i]] <= reach:
            true.append(query_bits[i] != stored_bits[partner[i]])
        strangers = np.where((cost <= reach) & (stored['photo'] != seen['photo'][pairs[i]]))[0]
        false += [query_bits[i] != stored_bits[s] for s in strangers]
    true, false = np.array(true, np.float32), np.array(false, np.float32)
    print(f'partners in the probed cells: {len(true) / 4000:.3f}')
    gain, spread = false.mean(0) - true.mean(0), np.cov(true.T) + np.cov(false.T)
    chosen, total, variance, cross = [], 0.0, 0.0, np.zeros(len(gain))
    for _ in range(SIGNATURE):
        totals, variances = total + gain, variance + 2 * cross + np.diag(spread)
        score = np.where(totals > 0, totals * totals / variances, -1)
        score[chosen] = -1
        best = int(np.argmax(score))
        chosen.append(best)
        total, variance, cross = totals[best], variances[best], cross + spread[best]

    dims = [dim for part, _ in books for dim in part]
    with open(out, 'w') as file:
        file.write('// Made by bench/index/local_training.py. Not written by hand.\n// clang-format off\n'
                   '#include "index/local_code.h"\n\nnamespace likeness::index {\n\n')
        for declaration, numbers in (
            ('uint16_t kLocalSignatureBits[kSignatureBits]', chosen),
            ('int16_t kLocalProjection[kCodeDims * kCodeCells]', np.round(w[dims] * 8192).astype(int).ravel()),
            ('int16_t kLocalProjectionOffset[kCodeDims]', np.round(offset[dims] * 512).astype(int)),
            ('int16_t kLocalCodebooks[kCodeParts * kCodewords * kPartDims]',
             np.round(np.array([words for _, words in books]) * 512).astype(int).ravel())):
            file.write(f'const {declaration} = {{\n{lines(numbers)}}};\n\n')
        file.write('}  // namespace likeness::index\n')


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
